import Platform
import Service

// The product's own program on a disk that fails on purpose. Its options may stand anywhere among those of `serve`.
var arguments = Array(CommandLine.arguments.dropFirst())
do throws(FaultOptionError) {
    let options = try FaultOptions(removedFrom: &arguments)
    let code = Program.run(
        arguments: arguments,
        disk: FaultyDisk(options),
        transactionFault: options.transactionFault
    )
    CurrentProcess.exit(code.rawValue)
} catch {
    let text = Array("faulty-server: \(error.description)\n\n\(FaultOptions.usage)".utf8)
    // SAFETY: the bytes of a local array.
    unsafe text.withUnsafeBytes { try? unsafe StandardStreams.write($0, to: 2) }
    CurrentProcess.exit(ExitCode.usage.rawValue)
}
