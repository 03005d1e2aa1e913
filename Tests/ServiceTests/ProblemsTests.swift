import Foundation
import Testing

@testable import Service

@Suite("Problems")
struct ProblemsTests {
    @Test("the types and statuses that clients rely on stand as promised")
    func promise() {
        let promised: [String: UInt16] = [
            "invalid-request": 400, "idempotency-key-missing": 400,
            "unauthenticated": 401, "forbidden": 403, "rate-limited": 429,
            "sale-not-started": 403, "sale-ended": 403, "sale-paused": 403, "buyer-limit-reached": 403,
            "unknown-sku": 404, "unknown-order": 404, "not-found": 404,
            "method-not-allowed": 405, "not-acceptable": 406, "request-timeout": 408,
            "unknown-buyer": 404, "insufficient-funds": 402, "sold-out": 409, "insufficient-stock": 409,
            "unknown-hold": 404, "hold-expired": 409, "hold-released": 409, "hold-confirmed": 409,
            "hold-extensions-exhausted": 409, "hold-frozen-before": 409, "holds-open": 409, "quantity-exceeded": 409,
            "length-required": 411, "precondition-failed": 412, "content-too-large": 413, "uri-too-long": 414,
            "unsupported-media-type": 415, "expectation-failed": 417, "idempotency-key-reused": 422,
            "request-header-fields-too-large": 431,
            "internal": 500, "not-implemented": 501, "http-version-not-supported": 505,
            "overloaded": 503, "recovering": 503, "draining": 503, "read-only": 503,
        ]
        let present = Dictionary(uniqueKeysWithValues: ProblemType.allCases.map { ($0.slug, $0.status) })
        #expect(present == promised)
    }

    @Test("a type is found by its slug, and by nothing else", arguments: ProblemType.allCases)
    func slugs(problem: ProblemType) {
        #expect(problem.type.description == "/problems/" + problem.slug)
        #expect(problem.slug.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
        #expect(ProblemType(slug: problem.slug) == problem)
        #expect(ProblemType(slug: problem.slug + "x") == nil)
        #expect(ProblemType(slug: problem.type.description) == nil)
    }

    @Test("texts can be copied into JSON as they are, and are whole sentences", arguments: ProblemType.allCases)
    func texts(problem: ProblemType) {
        for text in [problem.type, problem.title, problem.members, problem.cause, problem.remedy] {
            #expect(text.isASCII)
            #expect(!text.description.contains { $0 == "\"" || $0 == "\\" || $0.isNewline })
        }
        for text in [problem.cause, problem.remedy] {
            #expect(text.description.count > 20 && text.description.hasSuffix("."))
        }
        #expect(!problem.title.description.isEmpty)
    }

    @Test("Retry-After is on every 503, and elsewhere only where the server knows the moment")
    func retryAfter() {
        for problem in ProblemType.allCases {
            switch problem.retryAfter {
            case .seconds(let seconds):
                #expect(problem.status == 503)
                #expect(seconds > 0)
            case .computed: #expect([.saleNotStarted, .rateLimited].contains(problem))
            case .absent: #expect(problem.status != 503)
            }
        }
    }

    @Test("the JSON explanation holds the table's row", arguments: ProblemType.allCases)
    func json(problem: ProblemType) throws {
        struct Explanation: Decodable {
            let type: String
            let title: String
            let status: UInt16
            let cause: String
            let remedy: String
            let members: [String]
        }
        let explanation = try JSONDecoder().decode(Explanation.self, from: Data(ProblemPage.json(problem).utf8))
        #expect(explanation.type == problem.type.description)
        #expect(explanation.title == problem.title.description)
        #expect(explanation.status == problem.status)
        #expect(explanation.cause == problem.cause.description)
        #expect(explanation.remedy == problem.remedy.description)
        #expect(explanation.members == problem.ownMembers.map(\.name))
    }

    @Test("the JSON explanation says when to try again: seconds, computed, or null")
    func jsonRetryAfter() {
        #expect(ProblemPage.json(.overloaded).contains("\"retry_after\":1,"))
        #expect(ProblemPage.json(.saleNotStarted).contains("\"retry_after\":\"computed\","))
        #expect(ProblemPage.json(.soldOut).contains("\"retry_after\":null,"))
    }

    @Test("the HTML explanation holds title, status, cause and remedy, with nothing left to escape")
    func html() {
        for problem in ProblemType.allCases {
            let page = ProblemPage.html(problem)
            #expect(page.hasPrefix("<!doctype html>\n"))
            for text in [problem.title, problem.type, problem.cause, problem.remedy] {
                #expect(page.contains(Page.escaped(text.description)))
            }
            #expect(page.contains("Status \(problem.status)"))
            let isExternal = page.contains("http://") || page.contains("https://") || page.contains("src=")
            #expect(!isExternal, "a page needs nothing else")
        }
        #expect(Page.escaped("<a b=\"c\">&") == "&lt;a b=&quot;c&quot;&gt;&amp;")
    }
}
