import Foundation
import Testing

extension SystemTests {
    @Suite("Supervision")
    struct SupervisionTests {
        @Test(
            "a service manager is told of readiness after recovery, of each reload, and of the stop",
            arguments: [false, true]
        )
        func states(isAbstract: Bool) throws {
            let folder = try DataFolder()
            let name = isAbstract ? "@stockkeeper-test-\(UInt64.random(in: 0 ... .max))" : folder.path + "/notify"
            let manager = try NotifySocket(name)
            let server = try ServerProcess(in: folder, .good(environment: ["NOTIFY_SOCKET": name]))
            #expect(try manager.next() == ["READY=1"])
            server.sender(of: SIGHUP)()
            let reloading = try manager.next()
            #expect(reloading.first == "RELOADING=1")
            #expect(reloading.last?.firstMatch(of: /^MONOTONIC_USEC=\d+$/) != nil, "\(reloading)")
            #expect(try manager.next() == ["READY=1"])
            server.terminate()
            #expect(try manager.next() == ["STOPPING=1"])
            #expect(try server.waitForExit() == .code(0))
        }

        @Test("a start that fails never says that it is ready")
        func failure() throws {
            let folder = try DataFolder()
            let first = try ServerProcess(in: folder)
            let name = folder.path + "/notify"
            let manager = try NotifySocket(name)
            let refusal = try ServerProcess.refusal(in: folder, .good(environment: ["NOTIFY_SOCKET": name]))
            #expect(refusal.exit == .code(75))
            #expect(throws: HarnessFailure.self) { try manager.next(seconds: 0) }
            try first.kill()
        }

        @Test(
            "a manager that is not there, or has no name that there could be, stops nobody",
            arguments: [
                "/nowhere/notify", "@stockkeeper-nobody", "", "@", "vsock:2:1", String(repeating: "/n", count: 200),
            ]
        )
        func nobody(name: String) throws {
            let server = try ServerProcess(in: DataFolder(), .good(environment: ["NOTIFY_SOCKET": name]))
            _ = try server.connect().call(.get("/healthz"))
            server.terminate()
            #expect(try server.waitForExit() == .code(0))
        }

        @Test("a reload of a file that is wrong changes nothing, and says which line is")
        func wrongReload() throws {
            let token = try MadeToken("web", "operate")
            let folder = try DataFolder()
            let guarded = try GuardedServer([token], in: folder)
            try "web operate not-a-digest\n".write(toFile: guarded.file, atomically: true, encoding: .utf8)
            guarded.server.sender(of: SIGHUP)()
            let end = TestRun.now + 10
            while !folder.errorText.contains("stay as they were"), TestRun.now < end {
                #expect(try guarded.call(.get("/v1/skus"), token).status == 200)
            }
            #expect(folder.errorText.contains(guarded.file + ":1"), "\(folder.errorText)")
            #expect(try guarded.call(.get("/v1/skus"), token).status == 200)
            #expect(try guarded.call(.get("/v1/skus"), nil).status == 401)
        }
    }
}
