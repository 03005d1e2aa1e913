import Foundation
import Testing

extension SystemTests {
    @Suite("Log")
    struct LogTests {
        private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

        /// What the server has written once it has ended, line by line.
        private func lines(_ server: ServerProcess) throws -> [String] {
            server.terminate()
            #expect(try server.waitForExit() == .code(0))
            return server.output.split(separator: "\n").map(String.init)
        }

        @Test("each request has one line of JSON, with who, what, how it ended, and its trace", arguments: [1, 2])
        func json(loops: Int) throws {
            let token = try MadeToken("web", "sell,operate")
            let options = ["STOCKKEEPER_LOG_FORMAT": "json", "STOCKKEEPER_ACCESS_LOG": "true"]
            let folder = try DataFolder()
            let file = folder.path + "/credentials"
            try token.line.write(toFile: file, atomically: true, encoding: .utf8)
            let process = try ChildProcess(
                .good(
                    "--loops",
                    "\(loops)",
                    environment: options.merging(["STOCKKEEPER_CREDENTIALS_FILE": file]) { $1 }
                ),
                in: folder
            )
            // Each line is an object, so what the harness waits for stands in a member.
            let listening = try #require(try process.waitForLine(with: "listening on 127.0.0.1:", seconds: 30))
            _ = try process.waitForLine(with: "ready: ", seconds: 30)
            let port = try #require(UInt16(listening.prefix { $0.isNumber }))
            let client = try TestConnection(port: port, timeoutSeconds: 15, keeping: process)
            let bearer = ["Authorization": "Bearer \(token.token)", "traceparent": Self.trace]
            let body = #"{"title":"t","price":{"amount":100,"currency":"USD"},"stock":10}"#
            for number in 0..<8 {
                let put = TestRequest.put("/v1/skus/mug\(number)", body).with("Request-Id", "p\(number)")
                let answer = try client.call(bearer.reduce(put) { $0.with($1.key, $1.value) })
                #expect(answer.status == 201)
                #expect(answer["traceparent"] == Self.trace)
            }
            let hostile = #"/v1/skus/%0A%22,"status":200\{}"#
            let logged = "/v1/skus/%0a%22,%22status%22:200%5c{}"
            let refused = try client.call(.get(hostile, ["X-Request-Id": #"a"b\c"#])).status
            #expect(try client.call(.get("/v1/skus/mug1", ["traceparent": "00-x"]))["traceparent"] == nil)
            process.send(SIGTERM)
            _ = try process.waitForExit(seconds: 20)
            let objects = try process.output.split(separator: "\n").map { try JSON(Array($0.utf8)) }
            let requests = objects.filter { $0["event"]?.string == "request" }
            #expect(requests.count == 10)
            for number in 0..<8 {
                let line = try #require(requests.first { $0["request_id"]?.string == "p\(number)" })
                #expect(line["method"]?.string == "PUT" && line["status"] == .integer(201))
                #expect(line["path"]?.string == "/v1/skus/mug\(number)" && line["route"]?.string == "sku_put")
                #expect(line["caller"]?.string == "web" && line["client"]?.string == "127.0.0.1")
                #expect(line["trace_id"]?.string == "0af7651916cd43dd8448eb211c80319c")
                #expect(line["parent_id"]?.string == "b7ad6b7169203331" && line["level"]?.string == "info")
            }
            let odd = try #require(requests.first { $0["request_id"]?.string == #"a"b\c"# })
            #expect(odd["path"]?.string == logged && odd["status"] == .integer(refused) && odd["caller"] == nil)
            #expect(requests.first { $0["path"]?.string == "/v1/skus/mug1" && $0["status"] == .integer(401) } != nil)
            #expect(requests.count { $0["trace_id"] != nil } == 8)
        }

        @Test("a line of text is one line, whatever a client sends; without the option there are none")
        func text() throws {
            let long = "/" + String(repeating: "a", count: 600)
            for isOn in [true, false] {
                let server = try ServerProcess(in: DataFolder(), ServerOptions(arguments: isOn ? ["--access-log"] : []))
                let client = try server.connect()
                let targets = ["/healthz", "/v1/skus/x?status=200", "/v1/%0d%0astatus=200", long]
                for (number, target) in targets.enumerated() {
                    _ = try client.call(.get(target, ["Request-Id": "r\(number)"]))
                }
                try client.send(Array("GET / HTTP/1.1\r\nHost: x\r\nBad Name: status=200\r\n\r\n".utf8))
                #expect(try client.receive().status == 400)
                let requests = try lines(server).filter { $0.contains(" info request ") }
                guard isOn else {
                    #expect(requests.isEmpty)
                    continue
                }
                let ours = requests.filter { $0.contains(" request_id=r") || $0.contains("status=400") }
                let texts = ours.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
                #expect(texts.count == 5)
                let end = "client=127.0.0.1"
                #expect(
                    texts[0] == "info request request_id=r0 method=GET path=/healthz route=health status=200 \(end)"
                )
                #expect(
                    texts[1] == "info request request_id=r1 method=GET path=/v1/skus/x route=sku_read status=404 \(end)"
                )
                #expect(texts[2].contains("path=/v1/%0d%0astatus=200 route=none status=404"))
                #expect(texts[3].contains("path=" + long.prefix(512) + "... route=none status="))
                #expect(texts[4].contains("method=other path= route=none status=400"))
            }
        }

        @Test("a log that nobody reads delays no request and no stop; what was dropped is counted")
        func unread() throws {
            let folder = try DataFolder()
            let pipe = Pipe()
            let child = Process()
            child.executableURL = URL(fileURLWithPath: try TestRun.executable("stockkeeper"))
            child.arguments = [
                "serve", "--listen", "127.0.0.1:0", "--data", folder.data, "--access-log", "--loops", "1",
            ]
            child.environment = ServerOptions.smallSegments
            child.standardOutput = pipe
            try child.run()
            defer { child.terminate() }
            var text = ""
            while !text.contains("ready: ") {
                text += String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
            }
            let port = try #require(text.firstMatch(of: /listening on 127.0.0.1:(\d+)/).flatMap { UInt16($0.1) })
            let client = try TestConnection(port: port, timeoutSeconds: 15, keeping: child)
            // Of a line of half a KiB, as many as fill the pipe and both buffers twice.
            let requests = (0..<64).map { _ in TestRequest.get("/" + String(repeating: "a", count: 500)) }
            for _ in 0..<150 { #expect(try client.pipeline(requests).count == 64) }
            let metrics = try client.call(.get("/metrics")).text
            let dropped = try #require(metrics.firstMatch(of: /\nstockkeeper_log_lines_dropped_total (\d+)/))
            #expect(Int(dropped.1) ?? 0 > 0)
            child.terminate()
            let start = TestRun.now
            // Whatever it has to say at its end, somebody reads it from here on.
            _ = try pipe.fileHandleForReading.readToEnd()
            child.waitUntilExit()
            #expect(child.terminationStatus == 0 && TestRun.now - start < 10)
        }
    }
}
