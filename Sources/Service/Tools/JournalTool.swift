/// The tools of `stockkeeper journal`.
public enum JournalTool: String, CaseIterable, Equatable, Sendable {
    /// Checks everything that is in a folder.
    case verify
    /// Prints records.
    case inspect
    /// Prints the state at some point.
    case replay
    /// Makes a snapshot of a folder that nobody uses.
    case snapshot
    /// Gives a folder that nobody uses another number of partitions.
    case repartition
    /// Copies a folder, while a server sells on it.
    case backup
    /// Makes a data folder of a backup.
    case restore

    /// How it is called, and what help says of it.
    var form: ToolForm {
        switch self {
        case .verify: .verify
        case .inspect: .inspect
        case .replay: .replay
        case .snapshot: .snapshot
        case .repartition: .repartition
        case .backup: .backup
        case .restore: .restore
        }
    }
}

/// How a tool is called, and what help says of it.
struct ToolForm {
    /// The arguments that it must be given, in order.
    let arguments: [String]
    /// What it does, for the list of tools.
    let summary: String
    /// What else one should know, a paragraph each.
    let details: [String]
    let options: [ToolOption]
}

/// An option of a tool.
struct ToolOption {
    let name: String
    /// What stands for its value in help; empty for a flag.
    let placeholder: String
    let summary: String
    var isRepeatable = false
}

extension ToolForm {
    private static let pointOfHelp =
        "POINT is \(CutOff.forms). A position leaves out the record that starts there and all behind it, a time those that "
        + "were decided later. Without a number the position is that of the only journal; give the option once for each "
        + "journal that is to end early."

    fileprivate static let verify = ToolForm(
        arguments: ["DIR"],
        summary: "checks everything in a data folder or backup",
        details: [
            "Checks every segment's header, every record's checksum, its link to the one before and its content, the "
                + "seals, the marks of what was durable and every snapshot's checksums: as fast as the disk reads. Only reads: "
                + "a server may be selling on the folder.",
            "With --replay, then as well that the newest snapshot and the records behind it follow from each other and "
                + "every SKU balances, as a start would: whatever no damaged disk can cause, but a fault of the program can.",
            "Ends with 0 where everything is sound, 3 where a crash has torn the end (harmless: the next start cuts it "
                + "off), 65 where something is damaged; each damaged place is named with its file and offset.",
        ],
        options: [
            ToolOption(
                name: "--replay",
                placeholder: "",
                summary: "replays as well: with a start's time and memory"
            )
        ]
    )

    fileprivate static let inspect = ToolForm(
        arguments: ["DIR"],
        summary: "prints records, one a line",
        details: [
            "Prints the records of one journal after the other, in the order of their positions. Only reads: a server may "
                + "be selling on the folder. Where something is damaged, everything before it is printed first.",
            "With --json each line is an object with journal, position, sku, sequence, type, at, and the members that "
                + "GET /v1/skus/{sku}/changes shows for the type.",
        ],
        options: [
            ToolOption(name: "--sku", placeholder: "SKU", summary: "only records of this SKU"),
            ToolOption(name: "--buyer", placeholder: "BUYER", summary: "only purchases by this buyer"),
            ToolOption(name: "--order", placeholder: "ORDER", summary: "only the record of this order"),
            ToolOption(name: "--journal", placeholder: "N", summary: "only this journal, the N of journal-N"),
            ToolOption(name: "--from", placeholder: "POSITION", summary: "only records from this position on"),
            ToolOption(name: "--to", placeholder: "POSITION", summary: "only records that start before it"),
            ToolOption(name: "--limit", placeholder: "N", summary: "at most so many records"),
            ToolOption(name: "--json", placeholder: "", summary: "prints JSON lines"),
        ]
    )

    fileprivate static let replay = ToolForm(
        arguments: ["DIR"],
        summary: "prints every SKU as it is, or was",
        details: [
            "Replays the records, as a start does, and prints each SKU: its status, counts and number of changes. Only "
                + "reads: a server may be selling on the folder.",
            pointOfHelp,
        ],
        options: [
            ToolOption(
                name: "--at",
                placeholder: "POINT",
                summary: "the state there, not at the end",
                isRepeatable: true
            ),
            ToolOption(name: "--sku", placeholder: "SKU", summary: "only this SKU"),
            ToolOption(
                name: "--json",
                placeholder: "",
                summary: "prints JSON lines, as GET /v1/skus/{sku} shows a SKU"
            ),
        ]
    )

    fileprivate static let snapshot = ToolForm(
        arguments: ["DIR"],
        summary: "makes a snapshot now, so that the next start is quick",
        details: [
            "Recovers each journal as a start does, and writes a snapshot of its end beside its segments. A running server "
                + "makes snapshots itself: this is for a folder that none is using."
        ],
        options: []
    )

    fileprivate static let repartition = ToolForm(
        arguments: ["DIR"],
        summary: "shares a data folder out among another number of partitions",
        details: [
            "Recovers each journal as a start does, and gives every SKU and wallet, with its remembered keys, to its "
                + "new partition. These begin new journals; the ones before stay where they are, and are only read from "
                + "then on. Orders keep their ids, keys their answers, trails their whole length. No server may be "
                + "using the folder.",
            "The folder is changed in one step at the end: whenever this is interrupted, it has the partitions that it had, "
                + "and it can be run again. It needs as much memory as a server, and 80 bytes more for each key.",
            "Settings are read as by serve, from --config and the environment: journal.segment_bytes sizes the new journals, "
                + "and by idempotency.window_hours keys are remembered in their order; none is forgotten sooner for a "
                + "wrong one.",
        ],
        options: [
            ToolOption(name: "--partitions", placeholder: "N", summary: "how many there are to be; must be given"),
            ToolOption(name: "--config", placeholder: "FILE", summary: "the server's configuration file"),
        ]
    )

    fileprivate static let backup = ToolForm(
        arguments: ["DIR", "TARGET"],
        summary: "copies a data folder, while a server sells on it",
        details: [
            "The copy holds every sale that was acknowledged before the start of the backup, nothing that the original could "
                + "still lose, and no cart or payment by half: all journals are cut at one moment. Where their times "
                + "differ by more than a few seconds, it ends with 75: try again.",
            "It is synced and verified, and marked: no server starts on it, restore makes a data folder of it. An unfinished "
                + "copy is marked as such, and never passes verify.",
            "TARGET must not exist, or be empty. It holds the folder's secret: guard it as the folder itself.",
        ],
        options: []
    )

    fileprivate static let restore = ToolForm(
        arguments: ["BACKUP", "TARGET"],
        summary: "makes a new data folder of a backup",
        details: [
            "Writes the records anew into a new folder with an id of its own: files of the one are worthless in the other. "
                + "Orders keep their ids, and keys their answers. BACKUP may be a data folder as well; it is only read.",
            pointOfHelp,
            "No cart or payment is restored by half. So in a folder of several partitions a position stands for the moment of "
                + "the record there: of all journals, what is not earlier is left out.",
        ],
        options: [
            ToolOption(
                name: "--until",
                placeholder: "POINT",
                summary: "leaves out what came later",
                isRepeatable: true
            )
        ]
    )
}
