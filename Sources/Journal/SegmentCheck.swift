import Platform

/// What checking one segment by itself has found; its links to its neighbours are for `JournalView.join`.
public struct SegmentCheck: Sendable {
    enum End: Sendable {
        /// The segment is full, ends with its seal, and has only zeros behind it.
        case sealed
        /// No next record is at `position`.
        case flaw(String)
        /// Damage that needs no neighbour to be told.
        case damaged(JournalError)
    }

    /// Records, seals not included.
    public let records: UInt64
    let end: End
    /// Where the check has ended.
    let position: UInt64
    /// What the first record names as its predecessor's checksum; nil where there is no record.
    let firstChain: UInt32?
    /// The last record's checksum.
    let chain: UInt32?
    /// Everything before it was durable when one of the records was appended.
    let settled: UInt64
}

/// What checking a whole journal has found.
public struct JournalCheck: Sendable {
    /// Records in all segments.
    public let records: UInt64
    /// How the journal ends; nil where it is damaged there.
    public let ending: JournalEnding?
    /// Everything that is damaged, in order: at most one place a file.
    public var damage: [JournalError]
}

extension JournalView {
    /// Checks one segment: every record's checksum and its link to the one before, the seal, the zeros behind it.
    ///
    /// Segments are independent of each other, so that several can be checked at once.
    ///
    /// - Parameters:
    ///   - index: below `segmentCount`.
    ///   - onBytes: told how many bytes were read, every now and then.
    ///   - body: judges each record; throws `JournalError.refused` where one is no record of the caller's.
    /// - Returns: what was found, damage included.
    /// - Throws: where the segment cannot be read.
    public func check(
        segment index: Int,
        onBytes: (Int) -> Void = { _ in },
        _ body: JournalReplay
    ) throws(JournalError) -> SegmentCheck {
        let entry = entries[index]
        let window = makeWindow()
        window.restart(at: entry.header.first)
        let segment: Segment<D>
        do {
            segment = try Segment(disk: disk, entry, .read)
            try segment.fill(window)
        } catch .system(let error) where error.isMissingFile && index < entries.count - 1 {
            return .deleted(entry)
        }
        defer { segment.close() }
        onBytes(window.count)
        var firstChain: UInt32?
        if case .valid(let header) = window.check() { firstChain = header.chain }
        let seed: UInt32? = entry.header.first == 0 ? RecordFormat.seed(journal) : nil
        var reader = ChainReader(window: window, chain: seed, segmentEnd: entry.header.end, limit: .max)
        let end: SegmentCheck.End
        do {
            end = try run(&reader, segment, onBytes, body)
        } catch .refused(let position, let reason) {
            end = .damaged(damage(at: position, reason))
        } catch .damaged(let file, let offset, let reason) {
            end = .damaged(.damaged(file: file, offset: offset, reason: reason))
        }
        return SegmentCheck(
            records: reader.records,
            end: end,
            position: window.position,
            firstChain: firstChain,
            chain: reader.chain,
            settled: reader.settled
        )
    }

    private func run(
        _ reader: inout ChainReader,
        _ segment: Segment<D>,
        _ onBytes: (Int) -> Void,
        _ body: JournalReplay
    ) throws(JournalError) -> SegmentCheck.End {
        let window = reader.window
        while true {
            switch try reader.run(body) {
            case .needs:
                let before = window.count
                try segment.fill(window)
                onBytes(window.count - before)
            case .flaw(let flaw):
                return .flaw("\(flaw)")
            case .limit:
                return .flaw("no journal is as long")
            case .sealed:
                try segment.expectZeros(window)
                return .sealed
            }
        }
    }

    /// Puts the checks of all segments together: their links, their order, and the journal's end.
    ///
    /// - Parameters:
    ///   - checks: one for each segment, in order.
    ///   - proven: everything before it is known to have been durable, as a rule where the newest snapshot ends.
    /// - Returns: what is damaged, and the journal's end.
    public func join(_ checks: [SegmentCheck], proven: JournalPosition = .start) -> JournalCheck {
        var damage: [JournalError] = []
        var ending: JournalEnding?
        for (index, check) in checks.enumerated() where ending == nil {
            switch check.end {
            case .damaged(let error):
                damage.append(error)
            case .sealed:
                do {
                    ending = try leave(index, check, checks)
                } catch {
                    damage.append(error)
                }
            case .flaw(let flaw):
                do {
                    ending = try self.ending(
                        at: check.position,
                        flaw,
                        segment: index,
                        chain: check.chain,
                        makeWindow(),
                        proven: max(proven.rawValue, checks[index...].map(\.settled).max() ?? 0)
                    )
                } catch {
                    damage.append(error)
                }
            }
        }
        return JournalCheck(records: checks.reduce(0) { $0 + $1.records }, ending: ending, damage: damage)
    }

    /// Looks from behind a seal at the next segment, which must exist, and whose first record must follow the seal.
    private func leave(
        _ index: Int,
        _ check: SegmentCheck,
        _ checks: [SegmentCheck]
    ) throws(JournalError) -> JournalEnding? {
        let end = entries[index].header.end
        guard index + 1 < checks.count else {
            if hasGrown(behind: index) { return .moving(JournalPosition(rawValue: end)) }
            throw .missingSegment(directory: directory, first: end)
        }
        if let first = checks[index + 1].firstChain, let last = check.chain, first != last {
            throw damage(at: JournalPosition(rawValue: end), "\(RecordFlaw.chain)")
        }
        return nil
    }
}

extension SegmentCheck {
    /// A segment that was deleted while the journal was checked, as old ones are.
    fileprivate static func deleted(_ entry: SegmentEntry) -> SegmentCheck {
        SegmentCheck(records: 0, end: .sealed, position: entry.header.end, firstChain: nil, chain: nil, settled: 0)
    }
}
