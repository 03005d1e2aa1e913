import Domain
import Journal
import Keepers
import Loop
import Platform

extension Simulation {
    /// Holds the state of each partition, bit by bit as a snapshot would have it, against a replay of all its records.
    ///
    /// Who of the others has acknowledged a decision is not journaled one by one: a partition that waits for that is
    /// left out.
    func compareReplays() throws(Violation) {
        guard let server, plant != .keyForgotten else { return }
        for (index, live) in server.partitions.enumerated() where !truth.ledger.hasUnclosed(index) {
            guard let replayed = try replay(index, like: live) else { continue }
            // Time goes on with every decision, a refusal included, which leaves no record.
            _ = replayed.expireHolds(most: 0, at: live.latest)
            let (now, again) = (try image(of: live), try image(of: replayed))
            guard now != again else { continue }
            let place =
                zip(now, again).enumerated().first { $0.offset > 4_120 && $0.element.0 != $0.element.1 }?.offset ?? -1
            throw Violation(
                "partition \(index): a replay of its records is not the live state: \(again.count) bytes for \(now.count), "
                    + "other ones from \(place) on"
            )
        }
    }

    /// A partition that is made of the durable records alone; nil where the first ones are deleted.
    private func replay(_ index: Int, like live: Partition) throws(Violation) -> Partition? {
        let made = Partition(
            index: live.index,
            journalNumber: live.journalNumber,
            executor: PlacedExecutor(loop: SteppedLoop()),
            key: live.key,
            windowMilliseconds: Truth.windowMilliseconds,
            keysMax: 1 << 20
        )
        let tap = truth.taps[index].anew()
        try tap.run { (position, type, payload) throws(Violation) in
            do throws(ReplayError) {
                try made.replay(type: type, payload, start: JournalPosition(rawValue: position))
            } catch {
                throw Violation("partition \(index) cannot be replayed: \(error)")
            }
        }
        do throws(ReplayError) { try made.finishReplay() } catch {
            throw Violation("partition \(index) cannot be replayed: \(error)")
        }
        return tap.position == truth.taps[index].position ? made : nil
    }

    /// The file of a snapshot of the partition.
    private func image(of partition: Partition) throws(Violation) -> [UInt8] {
        let disk = SimulatedDisk(chance: Chance(seed: 0))
        let place = JournalPlace(
            disk: disk,
            directory: "/image",
            journal: JournalID(low: 0, high: 0),
            beginsWithSnapshot: true
        )
        do throws(SystemError) { try disk.createDirectory("/image") } catch { throw Violation("\(error)") }
        do throws(JournalError) {
            try place.snapshots.write(at: .beginning, createdMilliseconds: 0) { (sink) throws(JournalError) in
                try partition.write(to: sink)
            }
        } catch {
            throw Violation("partition \(partition.index) cannot be written: \(error)")
        }
        return disk.durableFiles(in: "/image", suffix: ".snapshot").first?.inode.durable ?? []
    }
}
