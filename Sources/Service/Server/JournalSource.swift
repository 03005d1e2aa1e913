import Journal
import Keepers
import Platform

/// A journal of the folder as whoever reads it from end to end sees it.
struct JournalSource<D: Disk> {
    /// The journal's number.
    let number: UInt16
    /// Whether nobody writes it any more.
    let isRetired: Bool
    /// How far it is durable.
    ///
    /// Any thread.
    let limit: () -> JournalPosition
    private let place: JournalPlace<D>

    /// The journal that a partition writes.
    init(_ place: JournalPlace<D>, of partition: Partition) {
        self.place = place
        number = partition.journalNumber
        isRetired = false
        limit = { partition.durable }
    }

    /// A retired journal, up to its end.
    init(_ place: JournalPlace<D>, retired number: UInt16, upTo end: JournalPosition) {
        self.place = place
        self.number = number
        isRetired = true
        limit = { end }
    }

    /// Makes a reader that begins at a place of the journal.
    func follower(from position: JournalPosition) -> JournalFollower<D> {
        JournalFollower(disk: place.disk, directory: place.directory, journal: place.journal, from: position)
    }
}
