import Keepers

/// What the disk, and transactions, can be told to do.
struct FaultOptions: Sendable {
    /// Where the process kills itself: at the n-th such operation, counted from 1, on a file with `name` in its path.
    var killAt: (operation: DiskOperation, number: Int, name: String)?
    /// The sync that fails, counted from 1, and all that follow it.
    var failingSync: Int?
    /// How many bytes can be written before the disk is full.
    var roomBytes: Int?
    /// What a sync takes at least, in microseconds; syncs of all files wait for each other.
    var slowSyncMicroseconds: Int?
    /// Whether what was not synced goes with the process, as it goes in a power cut.
    var isForgetful = false
    /// Chooses what of the unsynced reaches the disk when the process kills itself; nil: nothing does.
    var spillSeed: UInt64?
    /// Whether syncs say that they were done and do nothing.
    var syncLies = false
    /// Where every transaction fails.
    var transactionFault: TransactionFault?

    static let usage = """
        usage: faulty-server [FAULTS] serve [OPTIONS]

          --kill-at OP:N[:NAME]
                              SIGKILL at the N-th OP, on a file with NAME in its path where one is given; OP is one of
                                write           with half of its bytes written
                                before-sync     before the sync begins
                                sync            after the sync, before anybody knows
                                rename, unlink, create, sync-directory
                                                after it, before anybody knows
          --sync-fails-at N   the N-th sync and all later ones fail (EIO)
          --full-after BYTES  the disk is full once that much was written (ENOSPC); the last write is a short one
          --slow-sync-us N    a sync takes N microseconds, and one waits for the other
          --forgetful         SIGKILL takes what was not synced, bytes and names, as a power cut does
          --spill SEED        with --kill-at: forgetful, but some sectors and names that were not synced stay
          --sync-lies         forgetful, and syncs only say that they are done
          --transactions-fail STEP
                              every cart and payment by wallet is undone, 503: after-first-reservation, once its first
                              participant has set aside its part; before-decision, once all have

        """
}

/// An operation that the process can be killed at.
enum DiskOperation: String, CaseIterable, Sendable {
    case write
    case beforeSync = "before-sync"
    case sync
    case rename
    case unlink
    case create
    case syncDirectory = "sync-directory"
}

/// An option of the disk that is not one.
struct FaultOptionError: Error {
    let description: String
}

extension FaultOptions {
    /// Takes the disk's options out of a command line, wherever they stand; all others are left.
    init(removedFrom arguments: inout [String]) throws(FaultOptionError) {
        var others: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--kill-at": killAt = try Self.point(rest.popFirst())
            case "--sync-fails-at": failingSync = try Self.number(argument, rest.popFirst())
            case "--full-after": roomBytes = try Self.number(argument, rest.popFirst())
            case "--slow-sync-us": slowSyncMicroseconds = try Self.number(argument, rest.popFirst())
            case "--forgetful": isForgetful = true
            case "--spill": (isForgetful, spillSeed) = (true, UInt64(try Self.number(argument, rest.popFirst())))
            case "--transactions-fail": transactionFault = try Self.fault(rest.popFirst())
            case "--sync-lies": (isForgetful, syncLies) = (true, true)
            default: others.append(argument)
            }
        }
        arguments = others
    }

    private static func number(_ option: String, _ text: String?) throws(FaultOptionError) -> Int {
        guard let number = text.flatMap({ Int($0) }), number > 0 else {
            throw FaultOptionError(description: "\(option) takes a number from 1 on")
        }
        return number
    }

    private static func fault(_ text: String?) throws(FaultOptionError) -> TransactionFault {
        guard let fault = text.flatMap({ TransactionFault(rawValue: $0) }) else {
            let steps = TransactionFault.allCases.map(\.rawValue).joined(separator: ", ")
            throw FaultOptionError(description: "--transactions-fail takes one of \(steps)")
        }
        return fault
    }

    private static func point(
        _ text: String?
    ) throws(FaultOptionError) -> (operation: DiskOperation, number: Int, name: String) {
        let parts = (text ?? "").split(separator: ":")
        guard (2...3).contains(parts.count), let operation = DiskOperation(rawValue: String(parts[0])) else {
            let operations = DiskOperation.allCases.map(\.rawValue).joined(separator: ", ")
            throw FaultOptionError(description: "--kill-at takes OP:N or OP:N:NAME, with OP one of \(operations)")
        }
        return (operation, try number("--kill-at", String(parts[1])), parts.count == 3 ? String(parts[2]) : "")
    }
}
