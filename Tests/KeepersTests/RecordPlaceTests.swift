import Domain
import Journal
import Testing

@testable import Keepers

@Suite("Places of records")
struct RecordPlaceTests {
    static let positions: [UInt64] = [0, 8, 1 << 32, JournalLimits.positionsMax - 8]

    @Test("a place in the own journal is its position, as it was before there were others", arguments: positions)
    func own(position: UInt64) {
        let place = RecordPlace(JournalPosition(rawValue: position))
        #expect(place.rawValue == position && place.isOwn)
        #expect(place.address(seenFrom: 7) == address(7, position))
        #expect(place.readableFrom.rawValue == position + 1)
    }

    @Test(
        "a place in a retired journal is the same for everybody, and no table or record takes it for none",
        arguments: positions,
        [0, 1, 41, UInt16(FolderDescription.journalMax)]
    )
    func retired(position: UInt64, journal: UInt16) {
        let place = RecordPlace(retired: address(journal, position))
        #expect(!place.isOwn && place.rawValue <= FingerprintTable.valueMax)
        #expect(place.address(seenFrom: 7) == address(journal, position))
        #expect(place.address(seenFrom: journal) == address(journal, position))
        #expect(place.readableFrom == .start)
        #expect(RecordPlace(rawValue: place.rawValue) == place)
    }

    private func address(_ journal: UInt16, _ position: UInt64) -> RecordAddress {
        RecordAddress(journal: journal, position: JournalPosition(rawValue: position))
    }
}
