import Platform
import Service

CurrentProcess.exit(Program.run(arguments: Array(CommandLine.arguments.dropFirst()), disk: RealDisk()).rawValue)
