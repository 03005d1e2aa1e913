import Foundation

/// A data folder with a few orders in it, to look at with tools.
struct Shop {
    let folder: DataFolder
    /// Ids of orders, in the order in which they were made.
    let orders: [String]

    /// So small that a few hundred orders fill several segments.
    static let options = ServerOptions(
        arguments: ["--partitions", "1", "--loops", "1"],
        environment: [
            "STOCKKEEPER_JOURNAL_SEGMENT_BYTES": "65536", "STOCKKEEPER_JOURNAL_STAGING_BYTES": "65536",
            "STOCKKEEPER_HTTP_BODY_BYTES_MAX": "16384",
        ]
    )

    /// A folder whose server has sold this many mugs, one by one, and was stopped.
    init(orders count: Int) throws {
        folder = try DataFolder()
        let server = try ServerProcess(in: folder, Self.options)
        let client = try server.connect()
        try client.create("mug", stock: 10_000)
        let answers = try client.pipeline(
            (0..<count).map { .purchase("mug", buyer: "b\($0)", quantity: 1, key: "k\($0)") }
        )
        orders = try answers.map { try Sale($0).order }
        server.terminate()
        _ = try server.waitForExit()
    }

    var path: String { folder.data }

    var segments: [String] { folder.files(".segment") }
}
