// The whole server in one process on one thread from one seed: see Tests/README.md.

import Glibc
import Platform

func say(_ text: String, to descriptor: Int32 = 1) {
    unsafe Array(text.utf8)
        .withUnsafeBytes { bytes in
            // SAFETY: the bytes of a local array.
            try? unsafe StandardStreams.write(bytes, to: descriptor)
        }
}

func simulate(_ options: Options) -> Int32 {
    let time = SystemClock()
    let begun = time.monotonicNanoseconds()
    var session = Session(options)
    let failure = session.run(options.traces ? { say($0 + "\n") } : nil)
    let seconds = Double(time.monotonicNanoseconds() - begun) / 1e9
    // Of the processor's time, so that it says the same on a machine that has other things to do.
    let processorSeconds = Double(clock()) / Double(CLOCKS_PER_SEC)
    let rate = Int(Double(session.answers) / processorSeconds)
    say(
        "\(session.runs) seeds, \(session.steps) steps, \(session.answers) requests answered, "
            + "\(session.restarts) starts (\(session.tornRestarts) after a torn batch, \(session.refusedStarts) refused "
            + "for damage), \(Int(seconds * 1_000)) ms, \(Int(processorSeconds * 1_000)) ms of the processor: "
            + "\(rate) requests/s\n"
    )
    guard let failure else { return 0 }
    let plant = options.plant.map { " --plant \($0.rawValue)" } ?? ""
    say("seed \(failure.seed): \(failure.violation)\n")
    say("see it with: simulate --seed \(failure.seed) --trace\(plant)\n")
    return 1
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") {
    say(Options.help)
    CurrentProcess.exit(0)
}
do throws(UsageError) {
    CurrentProcess.exit(simulate(try Options(arguments)))
} catch {
    say("simulate: \(error)\n", to: 2)
    CurrentProcess.exit(2)
}
