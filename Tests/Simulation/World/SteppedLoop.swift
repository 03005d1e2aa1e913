import Loop

/// What stands in for a loop's thread: it takes work for the next turn.
final class SteppedLoop: JobTaker, @unchecked Sendable {
    // SAFETY: a simulation is one thread.
    private var work: [@Sendable () -> Void] = []

    /// The scheduler gives it turns whether it is woken or not.
    func wake() {}

    func submit(_ work: @escaping @Sendable () -> Void) { self.work.append(work) }

    func runSubmitted() {
        let ready = work
        work = []
        for job in ready { job() }
    }
}
