import Platform
import Service

exit(Program.run(arguments: Array(CommandLine.arguments.dropFirst()), disk: RealDisk()))
