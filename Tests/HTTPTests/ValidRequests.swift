/// Requests that must be taken; other tests cut and mutate them.
enum ValidRequests {
    static let json = #"{"buyer":"u123456","quantity":1}"#

    static let all: [String] = [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/skus?limit=10&cursor=abc HTTP/1.1\r\nhost: localhost:8080\r\nAccept: application/json\r\n\r\n",
        "POST /v1/skus/a/purchases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Idempotency-Key: k-1\r\nContent-Length: 32\r\n\r\n\(json)",
        "POST /v1/skus/a/purchases HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: \"a\\\"b\\\\c\"\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"buy\r\n1B;ext=\"v\"\r\ner\":\"u123456\",\"quantity\":1}\r\n0\r\n"
            + "Trailer-Field: yes\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        "\r\n\r\nHEAD /healthz HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        "PUT http://shop.example:80/v1/skus/a?x=1 HTTP/1.1\r\nHost: ignored\r\nIf-Match: \"7\"\r\nContent-Length: 2\r\n\r\n{}",
        "PATCH /v1/skus/a HTTP/1.1\r\nHost: [::1]:8080\r\nIf-None-Match: W/\"1\", \"2\"\r\nRequest-Id: r-1\r\n"
            + "Authorization: Bearer abc\r\nConnection: Keep-Alive, close\r\nContent-Length:\t2 \t\r\n\r\n{}",
        "DELETE /v1/skus/a HTTP/1.1\r\nHost: x\r\nX-Text: caf\u{E9}\ttab\r\nX-Empty:\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
        "BREW /pot HTTP/1.9\r\nHost: x\r\n!#$%&'*+-.^_`|~: odd\r\n\r\n",
        "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n2"
            + "POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n3\r\n0\r\n\r\nGET /4 HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
}
