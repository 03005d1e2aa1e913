import Loop
import Platform
import Synchronization
import Testing

private final class Bell: Wakeable {
    let rings = Atomic<Int>(0)
    func wake() { rings.add(1, ordering: .relaxed) }
}

private func push(_ mailbox: Mailbox, _ bytes: [UInt8]) -> Bool {
    unsafe mailbox.push(byteCount: bytes.count) { target in
        // SAFETY: the mailbox hands out exactly the bytes that were asked for.
        unsafe target.copyBytes(from: bytes)
    }
}

@Suite("Mailbox")
struct MailboxTests {
    @Test("messages arrive whole, in order, and only once they are published")
    func order() throws {
        let bell = Bell()
        let mailbox = try Mailbox(capacityBytes: 4_096, receiver: bell)
        #expect(push(mailbox, [1, 2, 3]))
        #expect(push(mailbox, []))
        #expect(mailbox.isEmpty)
        mailbox.publish()
        mailbox.publish()
        #expect(bell.rings.load(ordering: .relaxed) == 1)
        var seen: [[UInt8]] = []
        unsafe mailbox.drain { unsafe seen.append([UInt8]($0)) }
        #expect(seen == [[1, 2, 3], []])
        #expect(mailbox.isEmpty)
    }

    @Test("a full mailbox refuses, counts it, and takes messages again once it is drained")
    func full() throws {
        let mailbox = try Mailbox(capacityBytes: 4_096, receiver: Bell())
        let message = [UInt8](repeating: 7, count: 1_000)
        var taken = 0
        while push(mailbox, message) { taken += 1 }
        #expect(taken == 4)
        #expect(mailbox.refusals == 1)
        mailbox.publish()
        #expect(unsafe mailbox.drain(messagesMax: 2) { _ in } == 2)
        #expect(push(mailbox, message))
        #expect(push(mailbox, message))
        #expect(!push(mailbox, message))
    }

    @Test("a million messages of changing size cross two threads unharmed")
    func acrossThreads() throws {
        let parker = Parker()
        final class Sleeper: Wakeable {
            let parker: Parker
            init(_ parker: Parker) { self.parker = parker }
            func wake() { parker.wake() }
        }
        let mailbox = try Mailbox(capacityBytes: 65_536, receiver: Sleeper(parker))
        let total = 1_000_000
        let sender = try NativeThread(name: "sender") {
            var sent = 0
            while sent < total {
                let size = sent % 61 + 8
                let pushed = unsafe mailbox.push(byteCount: size) { target in
                    // SAFETY: `size` bytes, at least eight, belong to this message.
                    unsafe target.storeBytes(of: sent, as: Int.self)
                    if size > 8 { unsafe target[size - 1] = UInt8(truncatingIfNeeded: sent) }
                }
                if pushed { sent += 1 }
                if !pushed || sent % 100 == 0 || sent == total { mailbox.publish() }
            }
        }
        var next = 0
        var wrong = 0
        while next < total {
            let count = unsafe mailbox.drain { message in
                // SAFETY: the sender wrote at least eight bytes.
                let value = unsafe message.load(as: Int.self)
                let lastByte = unsafe message[message.count - 1]
                let expected =
                    message.count > 8 ? UInt8(truncatingIfNeeded: next) : UInt8(truncatingIfNeeded: next >> 56)
                if value != next || message.count != next % 61 + 8 || lastByte != expected { wrong += 1 }
                next += 1
            }
            if count == 0 { parker.wait() }
        }
        sender.join()
        #expect(wrong == 0)
    }
}
