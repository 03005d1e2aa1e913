import FoundationEssentials
import Journal
import Platform
import Synchronization

/// The program around a server: arguments, configuration, messages, signals, exit code.
public enum Program {
    /// Runs a command line to its end.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - disk: where the journals are.
    /// - Returns: how the process ends.
    public static func run<D: Disk>(arguments: [String], disk: D) -> ExitCode {
        do throws(UsageError) {
            switch try CommandLineOptions.parse(arguments) {
            case .help(let topic):
                say(topic.text, terminator: "")
                return .success
            case .version:
                say("\(Product.name) \(Product.version)")
                return .success
            case .serve(let options):
                return serve(options, disk)
            case .journal(let command):
                return journal(command, disk)
            case .newCredential(let name, let scopes):
                say(CredentialCommand.new(name, scopes), terminator: "")
                return .success
            }
        } catch {
            complain(error.description)
            return .usage
        }
    }

    private static func journal<D: Disk>(_ command: JournalCommand, _ disk: D) -> ExitCode {
        do throws(ToolError) {
            return try JournalTools(
                disk: disk,
                clock: SystemClock(),
                random: { .random(in: 0 ... .max) },
                environment: ProcessInfo.processInfo.environment
            )
            .run(command)
        } catch {
            if let text = error.text { complain(text) }
            return error.exitCode
        }
    }

    private static func serve<D: Disk>(_ options: ServeOptions, _ disk: D) -> ExitCode {
        do throws(ConfigurationError) {
            let environment = ProcessInfo.processInfo.environment
            let configuration = try ServerConfiguration.load(options, environment: environment)
            return serve(configuration, disk, ServiceManager(socket: environment["NOTIFY_SOCKET"]))
        } catch {
            complain(error.description)
            return error.exitCode
        }
    }

    private static func serve<D: Disk>(
        _ configuration: ServerConfiguration,
        _ disk: D,
        _ manager: ServiceManager?
    ) -> ExitCode {
        let signals: StopSignals
        do throws(SystemError) {
            signals = try StopSignals()
        } catch {
            complain(error.description)
            return .internal
        }
        do throws(StartError) {
            let server = try Server.start(
                configuration,
                disk: disk,
                onListening: { say("listening on \($0)") },
                onNotice: { complain($0) }
            )
            announce(server.report, configuration)
            tell(manager, "READY=1")
            return untilSignalled(server, signals, manager)
        } catch {
            complain(error.description)
            if case .journal(.damaged) = error {
                complain("`\(Product.name) journal verify \(configuration.data)` names everything that is damaged")
            }
            return error.exitCode
        }
    }

    private static func announce(_ report: StartReport, _ configuration: ServerConfiguration) {
        say(
            "recovered \(report.records) records in \(milliseconds(report.recoverySeconds)) ms from "
                + "\(report.partitions) partitions in \(configuration.data)"
        )
        if report.snapshots > 0 { say("began from the snapshots of \(report.snapshots) partitions") }
        for flaw in report.flaws { say("left a snapshot aside: \(flaw.error.description)") }
        if let restoration = report.restoration { say("this folder was \(restoration)") }
        if report.tornBytes > 0 {
            say("cut off \(report.tornBytes) bytes that a crash had torn; nobody had been told of them")
        }
        if let address = report.operatorAddress { say("operator's address: \(address)") }
        announceCredentials(configuration, report.address)
        if configuration.demo { say("demo drop: http://\(report.address)/v1/skus/\(DemoDrop.sku)") }
        say("ready: \(report.loops) loops")
    }

    private static func announceCredentials(_ configuration: ServerConfiguration, _ address: SocketAddress) {
        guard configuration.credentials.file.isEmpty else { return }
        say("no credentials: whoever reaches \(address) may do everything")
    }

    /// SIGHUP: what is wrong with the file is told, and the credentials stay as they were.
    private static func reload<D: Disk>(_ server: Server<D>) {
        do throws(ConfigurationError) {
            let tokens = try server.reloadCredentials()
            say(tokens.map { "credentials read again: \($0) good" } ?? "there are no credentials to be read again")
        } catch {
            complain("the credentials stay as they were: \(error)")
        }
    }

    private static func milliseconds(_ seconds: Double) -> String {
        String(Double(Int(seconds * 10_000)) / 10)
    }

    /// Tells the service manager how the process is; one that cannot be told stops nobody.
    private static func tell(_ manager: ServiceManager?, _ state: String) {
        do throws(SystemError) {
            try manager?.tell(state)
        } catch {
            complain("the service manager was not told \(state): \(error)")
        }
    }

    private static func untilSignalled<D: Disk>(
        _ server: Server<D>,
        _ signals: borrowing StopSignals,
        _ manager: ServiceManager?
    ) -> ExitCode {
        while signals.next() == StopSignals.hangUp {
            tell(manager, "RELOADING=1\nMONOTONIC_USEC=\(SystemClock().monotonicNanoseconds() / 1_000)")
            reload(server)
            tell(manager, "READY=1")
        }
        tell(manager, "STOPPING=1")
        say("draining")
        let stop: Stop
        do throws(SystemError) {
            stop = try Stop(server)
        } catch {
            complain(error.description)
            return .internal
        }
        while !stop.isDone {
            let second = signals.next(timeoutMilliseconds: stopPollMilliseconds)
            if let second, second != StopSignals.hangUp {
                return second == 2 ? .interrupted : .terminated
            }
        }
        say("stopped")
        return .success
    }

    /// How long after the stop the process ends at most.
    private static let stopPollMilliseconds: Int32 = 10

    private static func say(_ text: String, terminator: String = "\n") {
        write(text + terminator, to: 1)
    }

    private static func complain(_ text: String) {
        write("\(Product.name): \(text)\n", to: 2)
    }

    /// Unbuffered, so that whoever waits for a line gets it.
    private static func write(_ text: String, to descriptor: Int32) {
        unsafe Array(text.utf8)
            .withUnsafeBytes { bytes in
                // SAFETY: the bytes of a local array.
                try? unsafe StandardStreams.write(bytes, to: descriptor)
            }
    }
}

/// A server that stops on a thread of its own, so that a second signal ends the process whatever the first one waits
/// for: a client, or a disk that never comes back.
private final class Stop: Sendable {
    private let done = Atomic<Bool>(false)

    init<D: Disk>(_ server: Server<D>) throws(SystemError) {
        _ = try NativeThread(name: "stop") {
            server.stop()
            self.done.store(true, ordering: .releasing)
        }
    }

    var isDone: Bool { done.load(ordering: .acquiring) }
}

extension StartError {
    /// One line for the operator.
    public var description: String {
        switch self {
        case .configuration(let error): error.description
        case .otherPartitions(let folder, let has, let asked):
            "partitions: the data folder \(folder) has \(has), and \(asked) are asked for; leave the setting at 0, or "
                + "change the folder with `\(Product.name) journal repartition \(folder) --partitions \(asked)`"
        case .journal(let error): error.description
        case .address(let error): error.description
        case .machine(let error): error.description
        }
    }

    /// How the process ends for it.
    public var exitCode: ExitCode {
        switch self {
        case .configuration(let error): error.exitCode
        case .otherPartitions: .configuration
        case .address: .addressUnavailable
        case .machine: .internal
        case .journal(.inUse(_)): .dataInUse
        case .journal(.system(_)): .inputOutput
        case .journal: .dataDamaged
        }
    }
}
