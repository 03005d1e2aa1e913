import Testing

extension CrashStory {
    /// Changes are refused and reads go on, but for what may be lost; what was read before the end is there after it,
    /// and so is what was acknowledged.
    ///
    /// - Parameters:
    ///   - server: one whose disk refuses; it is killed.
    ///   - repair: makes the disk good again for the server that comes after it.
    /// - Throws: what the harness could not do.
    func expectReadOnly(_ server: ServerProcess, repair: () throws -> Void = {}) throws {
        // Each partition finds out by a change of its own, of which nobody can say whether it happened.
        try load(server, turns: 1)
        let client = try server.connect()
        let refusal = try client.call(.purchase("sku-0", buyer: "ann"))
        try expectProblem(refusal, 503, "read-only")
        #expect(refusal["Retry-After"] != nil)
        #expect(try client.call(.get("/healthz")).status == 200)
        try expectProblem(client.call(.get("/readyz")), 503, "read-only")
        let seen = try readable(client)
        #expect(seen.keys.contains(Self.calm))
        try server.kill()
        try repair()
        try expectKept()
        let again = try start().connect()
        for (sku, sequence) in seen { #expect(try again.stock(of: sku).sequence >= sequence, "\(sku)") }
    }

    /// The SKUs that are read in spite of the disk, with their sequence.
    private func readable(_ client: TestConnection) throws -> [String: Int] {
        var sequences: [String: Int] = [:]
        for sku in skus + [Self.calm] {
            let answer = try client.call(.get("/v1/skus/\(sku)"))
            if answer.status == 200 {
                sequences[sku] = try Stock(try answer.json()).sequence
            } else {
                try expectProblem(answer, 503, "read-only")
            }
        }
        return sequences
    }
}
