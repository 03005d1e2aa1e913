import Domain

/// A SKU right after one of its changes, by the simulation's own count.
struct Moment {
    /// Its number.
    var number = 0
    /// What the catalogue says; nil while the SKU is not in it.
    var details: SKUDetails?
    var available: Int64 = 0
    var held: Int64 = 0
    var sold: Int64 = 0
    var supplied: Int64 = 0
    /// Open holds.
    var open = 0
    /// The earliest deadline of an open hold.
    var firstDeadline = Int64.max
    /// The change that brought the SKU into the catalogue; orders and holds before it are of an earlier life.
    var begun = 0
    /// Units that were sold by the change that led here; 0 where it was another change.
    var quantity: Int64 = 0
    /// Who bought, where units were sold.
    var buyer: Fingerprint?
    /// The hold that the change concerned, by the number of its placement; 0: none.
    var hold = 0
    /// What was set aside by the change that led here.
    var reservation: ReservationStory?
    /// The request that led here, where its record names it.
    var operation: Int?
    /// When it was decided.
    var at: Int64 = 0
    /// Where the record starts.
    var position: UInt64 = 0
    var change = Change.none

    enum Change {
        case none
        case purchased
        case created
        case detailed
        case adjusted
        case removed
        case held
        case confirmed
        case holdEnded
        case holdProlonged
        case cancelled
        case reserved
        case settled
    }
}

/// The history of a SKU or a wallet, as far as answers to requests that change something need it.
protocol Timeline: AnyObject {
    /// The latest moment that any answer has shown: nothing may be shown that is older.
    var shown: Int { get set }
    /// The number of the last change.
    var last: Int { get }
    /// The operation that made a change, where it is known.
    func maker(of number: Int) -> Int?
    /// When a change was decided.
    func time(of number: Int) -> Int64
    /// Says whose change it is, where its record does not.
    func claim(_ number: Int, by operation: Int)
}
