import Foundation
import Testing

/// One connection that follows a stream.
final class Follower {
    struct Event {
        var id: String?
        /// `message` where the server says nothing.
        var type = "message"
        var data: JSON = .null
    }

    private let connection: TestConnection
    /// The head of the answer.
    let head: TestResponse
    /// The id that the client would come back with.
    private(set) var lastID: String?

    init(_ server: ServerProcess, _ target: String, lastID: String? = nil) throws {
        connection = try server.connect()
        var request = TestRequest.get(target).with("Accept", "text/event-stream")
        if let lastID { request = request.with("Last-Event-ID", lastID) }
        self.lastID = lastID
        try connection.send(request)
        head = try connection.receiveHead()
        ServedDescription.hold(head, to: request)
        #expect(head.status == 200 && head["Content-Type"] == "text/event-stream" && head["Connection"] == "close")
    }

    /// The next event; nil where the server has closed.
    func next() throws -> Event? {
        while let lines = try connection.receiveEvent() {
            var event = Event()
            for line in lines where !line.hasPrefix(":") {
                let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { throw HarnessFailure("no field of an event: \(line)") }
                switch parts[0] {
                case "id": event.id = parts[1]
                case "event": event.type = parts[1]
                case "data": event.data = try JSON(Array(parts[1].utf8))
                default: continue
                }
            }
            // A client takes an id that comes without data, too (HTML, 9.2.6).
            lastID = event.id ?? lastID
            if event.data != .null { return event }
        }
        return nil
    }

    /// Events until the server closes.
    func rest() throws -> [Event] {
        var events: [Event] = []
        while let event = try next() { events.append(event) }
        return events
    }
}

extension ServerProcess {
    /// Follows the events.
    func follow(after: String? = nil, lastID: String? = nil) throws -> Follower {
        try Follower(self, "/v1/events" + (after.map { "?after=\($0)" } ?? ""), lastID: lastID)
    }

    /// Watches a SKU.
    func watch(_ sku: String) throws -> Follower { try Follower(self, "/v1/skus/\(sku)/feed") }
}

extension TestConnection {
    /// The value of a metric; 0 where it is not there.
    func metric(_ sample: String) throws -> Int {
        let line = try call(.get("/metrics")).text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? 0
    }

    /// Waits until a metric has a value.
    func wait(for sample: String, toBe value: Int, seconds: Double = 30) throws {
        let deadline = TestRun.now + seconds
        while try metric(sample) != value {
            guard TestRun.now < deadline else {
                throw HarnessFailure("\(sample) is \(try metric(sample)), not \(value)")
            }
        }
    }
}
