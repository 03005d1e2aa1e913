/// A limit that depends on another: what breaks where it does not hold stands in its reason.
struct SettingRelation: Sendable {
    /// The setting that must be at least the bound.
    let path: String
    /// The least value it may have beside the other settings.
    let least: @Sendable (ServerConfiguration) -> Int
    /// How the bound comes about, and why.
    let reason: String

    /// Most bytes that a journal record or a message between loops holds beside the content of its request.
    ///
    /// That is the SKU, the key's fingerprint, positions and checksums.
    static let overheadBytesMax = 4_096

    static let all: [SettingRelation] = [
        SettingRelation(
            path: "journal.staging_bytes",
            least: { 2 * ($0.http.bodyBytesMax + overheadBytesMax) },
            reason:
                "2 x (http.body_bytes_max + \(overheadBytesMax)), so that one large request never fills a batch alone"
        ),
        SettingRelation(
            path: "journal.segment_bytes",
            least: { $0.journal.stagingBytes },
            reason: "journal.staging_bytes, so that a batch fits into an empty segment"
        ),
        SettingRelation(
            path: "journal.retention_days",
            least: { $0.journal.retentionDays == 0 ? 0 : ($0.idempotency.windowHours + 23) / 24 },
            reason: "idempotency.window_hours in days, so that the first answer to a remembered key can be read"
        ),
        SettingRelation(
            path: "mailbox_bytes",
            least: { 2 * ($0.http.bodyBytesMax + overheadBytesMax) },
            reason: "2 x (http.body_bytes_max + \(overheadBytesMax)), so that one large request never fills it alone"
        ),
        SettingRelation(
            path: "mailbox_bytes",
            least: { _ in 2 * (Hub.answerBytesMax + overheadBytesMax) },
            reason: "2 x the longest answer, so that every answer of another thread fits"
        ),
    ]

    /// What is wrong with `configuration`; nil where the relation holds.
    func violation(in configuration: ServerConfiguration) -> String? {
        guard let setting = Setting.at(path), case .number(let place, _, _, _) = setting.form else { return nil }
        let value = configuration[keyPath: place]
        let least = least(configuration)
        return value >= least ? nil : "\(value) is less than \(least) = \(reason)"
    }
}
