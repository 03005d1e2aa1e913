import FoundationEssentials
import Journal
import Keepers
import Platform
import Synchronization

/// The program around a server: arguments, configuration, messages, signals, exit code.
public enum Program {
    /// Runs a command line to its end.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - disk: where the journals are.
    ///   - transactionFault: where each transaction of a server is to fail, for tests.
    /// - Returns: how the process ends.
    public static func run<D: Disk>(
        arguments: [String],
        disk: D,
        transactionFault: TransactionFault? = nil
    ) -> ExitCode {
        do throws(UsageError) {
            switch try CommandLineOptions.parse(arguments) {
            case .help(let topic):
                say(topic.text, terminator: "")
                return .success
            case .version:
                say("\(Product.name) \(Product.version)")
                return .success
            case .serve(let options):
                return serve(options, disk, transactionFault)
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

    private static func serve<D: Disk>(
        _ options: ServeOptions,
        _ disk: D,
        _ fault: TransactionFault?
    ) -> ExitCode {
        do throws(ConfigurationError) {
            let environment = ProcessInfo.processInfo.environment
            let configuration = try ServerConfiguration.load(options, environment: environment)
            return serve(configuration, disk, fault, ServiceManager(socket: environment["NOTIFY_SOCKET"]))
        } catch {
            complain(error.description)
            return error.exitCode
        }
    }

    private static func serve<D: Disk>(
        _ configuration: ServerConfiguration,
        _ disk: D,
        _ fault: TransactionFault?,
        _ manager: ServiceManager?
    ) -> ExitCode {
        let log = EventLog(LogFormat(configuration))
        let signals: StopSignals
        do throws(SystemError) {
            signals = try StopSignals()
        } catch {
            log.error(error.description)
            return .internal
        }
        do throws(StartError) {
            let server = try Server.start(
                configuration,
                disk: disk,
                transactionFault: fault,
                onListening: { log.info("listening on \($0)") },
                onNotice: { log.error($0) }
            )
            announce(server.report, configuration, log)
            tell(manager, "READY=1", log)
            return untilSignalled(server, signals, manager, log)
        } catch {
            log.error(error.description)
            if case .journal(.damaged) = error {
                log.error("`\(Product.name) journal verify \(configuration.data)` names everything that is damaged")
            }
            return error.exitCode
        }
    }

    private static func announce(_ report: StartReport, _ configuration: ServerConfiguration, _ log: EventLog) {
        log.info(
            "recovered \(report.records) records in \(milliseconds(report.recoverySeconds)) ms from "
                + "\(report.partitions) partitions in \(configuration.data)"
        )
        if report.snapshots > 0 { log.info("began from the snapshots of \(report.snapshots) partitions") }
        for flaw in report.flaws { log.info("left a snapshot aside: \(flaw.error.description)") }
        if let restoration = report.restoration { log.info("this folder was \(restoration)") }
        if report.tornBytes > 0 {
            log.info("cut off \(report.tornBytes) bytes that a crash had torn; nobody had been told of them")
        }
        if let address = report.operatorAddress { log.info("operator's address: \(address)") }
        announceCredentials(configuration, report.address, log)
        if configuration.demo { log.info("demo drop: http://\(report.address)/v1/skus/\(DemoDrop.sku)") }
        log.info("ready: \(report.loops) loops")
    }

    private static func announceCredentials(
        _ configuration: ServerConfiguration,
        _ address: SocketAddress,
        _ log: EventLog
    ) {
        guard configuration.credentials.file.isEmpty else { return }
        log.info("no credentials: whoever reaches \(address) may do everything")
    }

    /// SIGHUP: what is wrong with the file is told, and the credentials stay as they were.
    private static func reload<D: Disk>(_ server: Server<D>, _ log: EventLog) {
        do throws(ConfigurationError) {
            let tokens = try server.reloadCredentials()
            log.info(tokens.map { "credentials read again: \($0) good" } ?? "there are no credentials to be read again")
        } catch {
            log.error("the credentials stay as they were: \(error)")
        }
    }

    private static func milliseconds(_ seconds: Double) -> String {
        String(Double(Int(seconds * 10_000)) / 10)
    }

    /// Tells the service manager how the process is; one that cannot be told stops nobody.
    private static func tell(_ manager: ServiceManager?, _ state: String, _ log: EventLog) {
        do throws(SystemError) {
            try manager?.tell(state)
        } catch {
            log.error("the service manager was not told \(state): \(error)")
        }
    }

    private static func untilSignalled<D: Disk>(
        _ server: Server<D>,
        _ signals: borrowing StopSignals,
        _ manager: ServiceManager?,
        _ log: EventLog
    ) -> ExitCode {
        while signals.next() == StopSignals.hangUp {
            tell(manager, "RELOADING=1\nMONOTONIC_USEC=\(SystemClock().monotonicNanoseconds() / 1_000)", log)
            reload(server, log)
            tell(manager, "READY=1", log)
        }
        tell(manager, "STOPPING=1", log)
        log.info("draining")
        let stop: Stop
        do throws(SystemError) {
            stop = try Stop(server)
        } catch {
            log.error(error.description)
            return .internal
        }
        while !stop.isDone {
            let second = signals.next(timeoutMilliseconds: stopPollMilliseconds)
            if let second, second != StopSignals.hangUp {
                return second == 2 ? .interrupted : .terminated
            }
        }
        log.info("stopped")
        return .success
    }

    /// How long after the stop the process ends at most.
    private static let stopPollMilliseconds: Int32 = 10

    private static func say(_ text: String, terminator: String = "\n") {
        LogStream.standardOutput.write(text + terminator)
    }

    private static func complain(_ text: String) {
        EventLog(.text).error(text)
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
