package import GatehouseCore
import Glibc
import Subprocess
import SystemPackage

/// Runs a custom check that is a command: one JSON document in on standard input, one out on standard output.
///
/// The document decides, not the exit status: a check says `{"passed": false, …}` and may also exit with 1, as linters do.
/// Without a document the check has failed to run, whatever its exit status. The command gets its own process group, and
/// whatever is left of the group when the check is over is killed. Of our environment it sees `PATH`, `HOME`, `LANG` and
/// `GATEHOUSE_…`; what a check needs besides belongs into its script.
package struct CommandCheck: Sendable {
    package static let outputBytesMax = 1 << 20
    /// The end of standard error that is kept for the message.
    package static let errorTailBytesMax = 2048
    /// Between asking a command to end and killing it.
    static let graceMilliseconds = 1000

    private let environment: [String: String]

    /// `environment` is the process's; what a check may see of it is chosen here.
    package init(environment: [String: String]) {
        self.environment = environment.filter { name, _ in
            ["PATH", "HOME", "LANG"].contains(name) || name.hasPrefix("GATEHOUSE_")
        }
    }

    /// Starts `arguments` in `workingDirectory` and returns the JSON document it prints.
    ///
    /// A program without `/` is looked up in `PATH`; a relative path counts from the working directory. Fails with
    /// `invalidArgument` when there is no such program, with `unavailable` when it prints no JSON document or takes
    /// longer than `timeout`, and with `tooLarge` when it prints more than `outputBytesMax`.
    package func run(
        arguments: [String], input: JSONValue, timeout: Duration, workingDirectory: String
    ) async throws -> JSONValue {
        guard let program = arguments.first, !program.isEmpty, !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw GatehouseError(.invalidArgument, "A command check needs a program, without zero bytes in its arguments.")
        }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [CommandRun.askToEnd]
        let configuration = Configuration(
            executable: Self.executable(program, in: workingDirectory),
            arguments: Arguments(Array(arguments.dropFirst())), environment: .custom(variables),
            workingDirectory: FilePath(workingDirectory), platformOptions: options)
        let run = CommandRun(program: program, input: input.canonicalBytes, timeout: timeout)
        _ = Self.ignoresBrokenPipes
        do {
            let result = try await Subprocess.run(
                configuration, input: .inputWriter, output: .sequence, error: .sequence, body: run.follow)
            return try run.document(result.closureResult, status: result.terminationStatus)
        } catch let error as SubprocessError {
            throw Self.failure(error, program: program, workingDirectory: workingDirectory)
        }
    }

    /// A check that does not read its input closes the pipe we write to. That must be an error of the write, not the
    /// signal that by default ends this whole process.
    private static let ignoresBrokenPipes = signal(SIGPIPE, SIG_IGN)

    private var variables: [Subprocess.Environment.Key: String] {
        Dictionary(environment.map { (Subprocess.Environment.Key(stringLiteral: $0), $1) }, uniquingKeysWith: { $1 })
    }

    private static func executable(_ program: String, in workingDirectory: String) -> Executable {
        guard program.contains("/") else { return .name(program) }
        return .path(FilePath(program.hasPrefix("/") ? program : workingDirectory + "/" + program))
    }

    private static func failure(
        _ error: SubprocessError, program: String, workingDirectory: String
    ) -> GatehouseError {
        switch error.code {
        case .executableNotFound:
            GatehouseError(
                .invalidArgument, "The check command '\(program)' cannot be run: there is no such executable.",
                hint: "Give a path from \(workingDirectory) and make it executable: chmod +x.", cause: error)
        case .failedToChangeWorkingDirectory:
            GatehouseError(
                .invalidArgument, "The check command '\(program)' cannot be run in '\(workingDirectory)': no such folder.",
                cause: error)
        default:
            GatehouseError(.unavailable, "The check command '\(program)' could not be run: \(error).", cause: error)
        }
    }
}
