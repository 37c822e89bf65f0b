import GatehouseCore
import Glibc
import Subprocess
import SystemPackage

/// A model server as a child process, such as `mlflow models serve`, in a session of its own.
///
/// No server outlives its parent: when `run` ends the whole process group is asked to end and then killed; when the parent
/// itself is killed, a shell that waits on the pipe from it sees the end of the pipe and does the same.
package struct ModelServerProcess: Sendable {
    /// Between asking the group to end and killing it.
    static let graceMilliseconds = 5_000
    static let exitPollMilliseconds = 100
    /// Of a line of output that is passed on.
    static let lineBytesMax = 1_000
    /// Lines passed on per run; servers that log every request would fill a disk otherwise.
    static let linesMax = 10_000

    /// The program and its arguments; `{path}` and `{port}` stand for the model's folder and the port to listen on.
    package static let mlflow = [
        "mlflow", "models", "serve", "-m", "{path}", "--env-manager", "local", "-h", "127.0.0.1", "-p", "{port}",
    ]

    private let arguments: [String]
    private let environment: [String: String]

    /// `environment` is the parent's: the child sees `PATH`, `HOME`, `LANG`, `TMPDIR`, and what begins with `MLFLOW_`, but no
    /// token of the registry.
    package init(command: [String] = mlflow, path: String, port: Int, environment: [String: String]) {
        arguments = command.map { $0.replacing("{path}", with: path).replacing("{port}", with: "\(port)") }
        self.environment = environment.filter { name, _ in
            let isSecret = ["TOKEN", "PASSWORD", "SECRET"].contains { name.contains($0) }
            return ["PATH", "HOME", "LANG", "TMPDIR"].contains(name) || (name.hasPrefix("MLFLOW_") && !isSecret)
        }
    }

    /// Runs the server until it ends or the task is cancelled. `line` gets what it writes.
    ///
    /// Returns how it ended. Fails with `invalidArgument` when there is no such program.
    package func run(line: @escaping @Sendable (String) -> Void) async throws -> String {
        var options = PlatformOptions()
        options.createSession = true
        let askToEnd = TeardownStep.send(
            signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(Self.graceMilliseconds))
        options.teardownSequence = [askToEnd]
        // The inner shell waits for the end of the pipe; the server itself gets an empty input.
        let script = #"exec 3<&0; (cat <&3 >/dev/null; kill -TERM 0; sleep 5; kill -KILL 0) & exec "$@" </dev/null 3<&-"#
        let variables = Dictionary(
            environment.map { (Subprocess.Environment.Key(stringLiteral: $0), $1) }, uniquingKeysWith: { $1 })
        let configuration = Configuration(
            executable: .path("/bin/sh"), arguments: Arguments(["-c", script, "sh"] + arguments),
            environment: .custom(variables), platformOptions: options)
        let result = try await Subprocess.run(configuration, input: .inputWriter, output: .sequence, error: .sequence) {
            process in
            // Not reaped before this closure is done, so the group's number is still its own.
            defer { kill(-process.processIdentifier.value, SIGKILL) }
            try await Self.follow(process, askToEnd, line)
        }
        switch result.terminationStatus {
        case .exited(let code):
            return code == 127 ? "ended with status 127: is there a program '\(arguments[0])'?" : "ended with status \(code)"
        case .signaled(let signal): return "was ended by signal \(signal)"
        }
    }

    private static func follow(
        _ process: CommandRun.Process, _ askToEnd: TeardownStep, _ line: @escaping @Sendable (String) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pass(process.standardOutput, line) }
            group.addTask { try await pass(process.standardError, line) }
            do {
                while !CommandRun.hasEnded(process) { try await Task.sleep(for: .milliseconds(exitPollMilliseconds)) }
            } catch {
                // Before the readers are waited for: their pipes end with the processes.
                await process.teardown(using: [askToEnd])
                kill(-process.processIdentifier.value, SIGKILL)
                throw error
            }
            // What the server started holds its pipes open; killing the group ends the reading.
            kill(-process.processIdentifier.value, SIGKILL)
            try? await process.standardInputWriter.finish()
            try await group.waitForAll()
        }
    }

    private static func pass(_ output: SubprocessOutputSequence, _ line: @Sendable (String) -> Void) async throws {
        var rest: [UInt8] = []
        var lines = 0
        for try await chunk in output {
            chunk.withUnsafeBytes { rest += $0 }
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                if lines < linesMax { line(String(decoding: rest[..<end].prefix(lineBytesMax), as: UTF8.self)) }
                lines += 1
                rest.removeFirst(end + 1 - rest.startIndex)
            }
            if rest.count > lineBytesMax { rest.removeLast(rest.count - lineBytesMax) }
        }
    }
}
