import Platform
import Service

// The product's own program on a disk that fails on purpose. Its options may stand anywhere among those of `serve`.
var arguments = Array(CommandLine.arguments.dropFirst())
do throws(FaultOptionError) {
    let options = try FaultOptions(removedFrom: &arguments)
    CurrentProcess.exit(Program.run(arguments: arguments, disk: FaultyDisk(options)).rawValue)
} catch {
    print("faulty-server: \(error.description)\n\n\(FaultOptions.usage)")
    CurrentProcess.exit(ExitCode.usage.rawValue)
}
