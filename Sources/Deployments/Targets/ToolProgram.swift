import GatehouseCore
import Scoring
import Subprocess
import SystemPackage

/// A program of the machine, such as `git` or `kubectl`, run without a terminal: it cannot ask anybody anything.
package struct ToolProgram: Sendable {
    package static let outputBytesMax = 16 << 20
    static let errorBytesMax = 1 << 20
    static let graceMilliseconds = 2_000

    package struct Answer: Sendable {
        package let isSuccess: Bool
        package let output: String
        package let errors: String

        /// The last lines of what it complained of.
        package var complaint: String {
            let lines = errors.split(whereSeparator: \.isNewline).map { $0.trimmingSuffix(while: \.isWhitespace) }
            return lines.suffix(5).joined(separator: " ").prefix(1_000).description
        }
    }

    /// Registry tokens are not theirs to see; a folder of git's that this process was started in is not the one that is meant.
    private static let hidden: Set = [
        "GATEHOUSE_TOKEN", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_USERNAME", "GIT_DIR",
        "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "LANGUAGE",
    ]

    package let program: String
    private let environment: [String: String]

    /// `environment` is the process's: these programs find their credentials in it.
    package init(_ program: String, environment: [String: String]) {
        self.program = program
        self.environment = environment.filter { !Self.hidden.contains($0.key) }
            .merging(["LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"]) { $1 }
    }

    /// Fails with `unavailable` when it cannot be started, says too much or does not end in time; that it fails is an answer.
    package func run(_ arguments: [String], in folder: String, within limit: Duration) async throws -> Answer {
        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw GatehouseError(.invalidArgument, "An argument of \(program) holds a zero byte.")
        }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(Self.graceMilliseconds))
        ]
        let variables = Dictionary(
            environment.map { (Subprocess.Environment.Key(stringLiteral: $0), $1) }, uniquingKeysWith: { $1 })
        let configuration = Configuration(
            executable: .name(program), arguments: Arguments(arguments), environment: .custom(variables),
            workingDirectory: FilePath(folder), platformOptions: options)
        do {
            let answer = try await withDeadline(limit) {
                let result = try await Subprocess.run(
                    configuration, output: .bytes(limit: Self.outputBytesMax), error: .bytes(limit: Self.errorBytesMax))
                return Answer(
                    isSuccess: result.terminationStatus.isSuccess,
                    output: String(decoding: result.standardOutput, as: UTF8.self),
                    errors: String(decoding: result.standardError, as: UTF8.self))
            }
            if let answer { return answer }
        } catch let error as SubprocessError {
            throw GatehouseError(
                .unavailable, "\(program) could not be run: \(error).",
                hint: error.code == .executableNotFound ? "Install \(program), or put it on PATH." : nil, cause: error)
        }
        throw GatehouseError(
            .unavailable, "\(program) \(arguments.prefix(2).joined(separator: " ")) did not end within \(limit.shortText).",
            hint: "It cannot ask for a password here: give it its credentials by its own means.")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isGone: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isGone(last) { rest.removeLast() }
        return rest
    }
}
