/// What happened in a run, a line an event; costs nothing when nobody reads it.
struct Trace {
    /// Whether lines are made.
    let isOn: Bool
    private let sink: (String) -> Void
    /// Where in the run the lines come from.
    var step = 0

    init(_ sink: ((String) -> Void)?) {
        isOn = sink != nil
        self.sink = sink ?? { _ in }
    }

    @inline(__always)
    func note(_ line: @autoclosure () -> String) {
        if isOn { sink("\(step) \(line())") }
    }
}
