import ArgumentParser
import GatehouseCore
import Glibc

/// Feeds damaged files to everything that reads files of strangers.
@main
struct FuzzCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse-fuzz",
        abstract:
            "Reads mutated models, tables and policies; each must be read or refused, never crash, hang or fill the memory.",
        discussion: "The same seed and index make the same input on every machine: what is reported can be replayed.",
        subcommands: [CampaignCommand.self, WorkerCommand.self], defaultSubcommand: CampaignCommand.self)
}

struct CampaignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs every reader, or the named ones, and prints a line for each and one for all.")

    @Option(help: "A reader: \(FuzzReader.listing). Repeatable; all if not given.")
    var reader: [FuzzReader] = []

    @Option(help: "Mutated inputs per reader.")
    var inputs = 1_000_000

    @Option(help: "Where the mutations start from.")
    var seed: UInt64 = 1

    @Option(help: "Processes at the same time; one per processor if not given.")
    var jobs: Int?

    @Option(help: "The most an input may take, in CPU seconds. The process is killed after ten times as long.")
    var secondsMax = 2.0

    @Option(help: "The most memory a process may reach, in megabytes.")
    var peakMegabytesMax = 512

    @Option(help: "The checkout, whose fixtures and examples are mutated.")
    var root = "."

    @Option(help: "Only writes the input of this index to a file (needs one --reader).")
    var replay: Int?

    @Option(help: "The file that --replay writes.")
    var output = "replayed-input"

    func validate() throws {
        guard inputs > 0, secondsMax > 0, peakMegabytesMax > 0, jobs ?? 1 > 0, replay ?? 0 >= 0 else {
            throw ValidationError("--inputs, --jobs, --seconds-max and --peak-megabytes-max are above 0, --replay at least 0.")
        }
        if replay != nil, reader.count != 1 { throw ValidationError("--replay needs exactly one --reader.") }
    }

    func run() async throws {
        if let replay, let reader = reader.first { return try await write(replay, of: reader) }
        let processes = jobs ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var all = FuzzTally()
        for reader in reader.isEmpty ? FuzzReader.real : reader {
            var supervisor = try FuzzSupervisor(
                reader: reader, inputs: inputs, seed: seed, processes: processes, secondsMax: secondsMax, root: root)
            let tally = try supervisor.run()
            Report.line("\(reader.rawValue): \(tally.summary)\(tally.refusals)")
            all.add(tally)
        }
        if all.wrong > 0 { Report.line("broken rules: \(all.wrong)") }
        if all.peakMegabytes > peakMegabytesMax { Report.line("the peak is above \(peakMegabytesMax) MB") }
        Report.line(all.summary)
        if !all.isClean || all.peakMegabytes > peakMegabytesMax { throw ExitCode.failure }
    }

    private func write(_ index: Int, of reader: FuzzReader) async throws {
        let input = try FuzzCorpus(reader, root: root).input(seed: seed, index: index)
        guard let file = fopen(output, "wb") else {
            throw GatehouseError(.unavailable, "\(output) cannot be written.", hint: "Name another file with --output.")
        }
        let written = fwrite(input, 1, input.count, file)
        guard fclose(file) == 0, written == input.count else {
            throw GatehouseError(.unavailable, "\(output) could not be written completely.")
        }
        Report.line("\(input.count) bytes in \(output)")
    }
}

/// What one process of a campaign runs. It counts in a file that its supervisor maps too, so nothing is lost when it dies.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

    @Option var reader: FuzzReader
    @Option var seed: UInt64
    @Option var from: Int
    @Option var to: Int
    @Option var secondsMax: Double
    @Option var root: String
    @Option var tally: String

    func run() async throws {
        let corpus = try FuzzCorpus(reader, root: root)
        let counts = try SharedCounts(path: tally)
        try AddressSpace.limit()
        let supervisor = getppid()
        for index in from..<to {
            // Nobody waits for the rest of a campaign that was stopped.
            guard getppid() == supervisor else { return }
            counts[.index] = index
            let input = corpus.input(seed: seed, index: index)
            let started = ProcessClock.cpuSeconds()
            do {
                switch try await reader.read(input, choice: UInt64(index)) {
                case .read: counts[.read] += 1
                case .refused(let code): counts.countRefusal(code)
                }
            } catch {
                counts[.wrong] += 1
                report(index, "\(error)")
            }
            let seconds = ProcessClock.cpuSeconds() - started
            if seconds > secondsMax {
                counts[.slow] += 1
                report(index, "took \(seconds) CPU seconds")
            }
        }
    }

    private func report(_ index: Int, _ what: String) {
        Report.finding(reader, seed: seed, index: index, what)
    }
}

extension FuzzReader: ExpressibleByArgument {}

enum Report {
    /// At once, also into a pipe: a process that dies later must not take it along.
    static func line(_ text: String) {
        print(text)
        fflush(nil)
    }

    static func finding(_ reader: FuzzReader, seed: UInt64, index: Int, _ what: String) {
        line(
            "\(reader.rawValue) input \(index): \(what)\n"
                + "  replay: scripts/fuzz --reader \(reader.rawValue) --seed \(seed) --replay \(index)")
    }
}
