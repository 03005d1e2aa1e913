extension [JournalReading] {
    /// Writes what the journals say of themselves; each is a partition's, in the partitions' order.
    ///
    /// Histograms are over all partitions: they share a disk, and with hundreds of partitions the text would outgrow an
    /// answer.
    func write(to text: inout PrometheusText) {
        let perPartition: [(name: String, kind: PrometheusText.Kind, help: String, value: (JournalReading) -> UInt64)] =
            [
                ("records_total", .counter, "Records appended, by partition.", \.records),
                ("bytes_total", .counter, "Journal bytes appended, by partition.", \.bytes),
                ("batches_total", .counter, "Batches made durable, by partition.", \.batches),
                ("syncs_total", .counter, "Syncs of the journal's file, by partition.", \.syncs),
                ("segments", .gauge, "Segments on disk, the one made ahead included, by partition.", \.segments),
                (
                    "failed", .gauge, "1 once the disk has refused and the partition is read-only.",
                    { $0.failure == nil ? 0 : 1 }
                ),
            ]
        for family in perPartition {
            text.family("stockkeeper_journal_\(family.name)", family.kind, family.help)
            for (partition, journal) in enumerated() {
                text.sample(family.value(journal), ["partition": String(partition)])
            }
        }
        text.family("stockkeeper_journal_failures", .gauge, "Partitions that are read-only, by the reason.")
        for label in JournalFailureLabel.allCases {
            text.sample(UInt64(count { $0.failure == label }), ["reason": label.rawValue])
        }
        text.family("stockkeeper_journal_segments_late_total", .counter, "Segments not ready when a batch needed them.")
        text.sample(reduce(0) { $0 &+ $1.segmentsLate })
        let nanoseconds = 1e9
        write("sync_seconds", "What a sync of a journal's file took.", \.syncNanoseconds, parts: nanoseconds, to: &text)
        write("batch_records", "Records of a batch.", \.batchRecords, to: &text)
        write("batch_bytes", "Bytes of a batch.", \.batchBytes, to: &text)
    }

    private func write(
        _ name: String,
        _ help: String,
        _ histogram: (JournalReading) -> HistogramReading,
        parts: Double = 1,
        to text: inout PrometheusText
    ) {
        guard var sum = first.map(histogram) else { return }
        for journal in dropFirst() { sum.add(histogram(journal)) }
        text.family("stockkeeper_journal_\(name)", .histogram, help)
        text.histogram(sum, parts: parts)
    }
}
