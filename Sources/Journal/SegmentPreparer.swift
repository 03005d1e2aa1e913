import Platform
import Synchronization

/// Makes the segment after the open one ahead of its use: filled with zeros, synced, and durable under its name, so
/// that a batch that reaches it costs the writer no more than any other.
///
/// - Isolation: any thread. A segment is made under the lock: whoever needs it meanwhile waits for the one that is
///   nearly there instead of making a second one.
public final class SegmentPreparer<D: Disk>: Sendable {
    /// How many segments the journal has, those that the preparer makes included.
    let segments: JournalGauge
    private let disk: D
    private let directory: String
    private let template: SegmentHeader
    private let state: Mutex<State>
    private let parker = Parker()
    private let stopping = Atomic<Bool>(false)

    private struct State: Sendable {
        /// Where the next segment starts.
        var first: UInt64
        /// The next segment, made but not taken yet.
        var ready: D.File?
    }

    /// A preparer of segments like `template`, the first of them.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's.
    ///   - template: the header of the first segment that it gives away.
    ///   - ready: that segment if it exists.
    ///   - segments: how many there are before it.
    init(disk: D, directory: String, template: SegmentHeader, ready: D.File?, segments: Int) {
        self.segments = JournalGauge(segments + (ready == nil ? 0 : 1))
        self.disk = disk
        self.directory = directory
        self.template = template
        state = Mutex(State(first: template.first, ready: ready))
    }

    /// Makes the next segment unless it is there already.
    ///
    /// - Returns: whether there was something to do.
    @discardableResult
    public func prepare() throws(SystemError) -> Bool {
        try state.withLock { (state) throws(SystemError) -> Bool in
            guard state.ready == nil else { return false }
            state.ready = try make(first: state.first)
            return true
        }
    }

    /// The body of the preparing thread: prepares one segment after the other until `stop`.
    public func run() {
        while !stopping.load(ordering: .acquiring) {
            do {
                try prepare()
                parker.wait()
            } catch {
                // The writer meets the same error when it needs the segment, and reports it; until then the disk may
                // have recovered, a full one for instance.
                parker.wait(timeoutNanoseconds: 1_000_000_000)
            }
        }
    }

    /// Ends `run`, as soon as it has made the segment it is at.
    ///
    /// Isolation: any thread.
    public func stop() {
        stopping.store(true, ordering: .releasing)
        parker.wake()
    }

    /// Hands the next segment to the writer, makes it at once if need be, and wakes `run` for the one after it.
    ///
    /// - Returns: the file, the segment's header, and whether it was ready.
    func take() throws(SystemError) -> (file: D.File, header: SegmentHeader, wasReady: Bool) {
        let taken = try state.withLock { (state) throws(SystemError) -> (D.File, UInt64, Bool) in
            let wasReady = state.ready != nil
            let file = if let ready = state.ready { ready } else { try make(first: state.first) }
            let first = state.first
            state.ready = nil
            state.first += template.capacity
            return (file, first, wasReady)
        }
        parker.wake()
        return (taken.0, header(first: taken.1), taken.2)
    }

    private func header(first: UInt64) -> SegmentHeader {
        SegmentHeader(
            journal: template.journal,
            first: first,
            capacity: template.capacity,
            epoch: template.epoch
        )
    }

    private func make(first: UInt64) throws(SystemError) -> D.File {
        let file = try SegmentMaker(disk: disk, directory: directory).make(header(first: first))
        segments.add(1)
        return file
    }
}

/// Makes segment files.
struct SegmentMaker<D: Disk> {
    let disk: D
    let directory: String

    /// A slice is written and synced at a time, so that the sync of a batch never waits behind a whole segment.
    private static var sliceBytes: Int { 1 << 20 }

    /// Makes the segment of `header`, full of zeros; on return it is durable under its name.
    func make(_ header: SegmentHeader) throws(SystemError) -> D.File {
        let name = "\(directory)/\(SegmentName.of(first: header.first))"
        let unfinished = name + SegmentName.unfinishedSuffix
        let file = try disk.createAnew(unfinished)
        do {
            try fill(file, header)
            try refuseExisting(name)
            try disk.rename(unfinished, to: name)
        } catch {
            try? file.close()
            try? disk.unlink(unfinished)
            throw error
        }
        try disk.syncDirectory(directory)
        return file
    }

    /// Throws `EEXIST` where another writer has made the segment: a rename would silently replace it.
    private func refuseExisting(_ name: String) throws(SystemError) {
        do {
            try disk.open(name, .read).close()
        } catch  where error.isMissingFile {
            return
        }
        throw .existingFile(name)
    }

    private func fill(_ file: D.File, _ header: SegmentHeader) throws(SystemError) {
        try file.writeFully(header.encoded.span, at: 0)
        let start = UInt64(JournalFormat.headerBytes)
        try file.zeroFill(start..<(start + header.capacity), sliceBytes: Self.sliceBytes) { () throws(SystemError) in
            try file.sync()
        }
    }
}
