import GatehouseCore
import Glibc
import Subprocess

/// One check command from its start to its end.
struct CommandRun: Sendable {
    typealias Process = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

    /// What a command has written.
    struct Output: Sendable {
        var document: [UInt8] = []
        var errorTail: [UInt8] = []
    }

    static let askToEnd = TeardownStep.send(
        signal: .terminate, toProcessGroup: true,
        allowedDurationToNextStep: .milliseconds(CommandCheck.graceMilliseconds))
    private static let exitPollMilliseconds = 5

    let program: String
    let input: [UInt8]
    let timeout: Duration

    /// Feeds the process and reads what it writes until it has ended; ends it when it takes too long or writes too much.
    /// When this returns or throws, what is left of its process group has been sent SIGKILL.
    func follow(_ process: Process) async throws -> Output {
        // The process is not reaped before this function is done, so its group's number is still its own.
        defer { kill(-process.processIdentifier.value, SIGKILL) }
        do {
            guard let output = try await withDeadline(timeout, operation: { try await exchange(with: process) }) else {
                throw GatehouseError(
                    .unavailable, "The check command '\(program)' did not end within \(timeout.shortText) and was stopped.",
                    hint: "Give the check a longer timeout, or find out what it waits for.")
            }
            return output
        } catch {
            await process.teardown(using: [Self.askToEnd])
            throw error
        }
    }

    private enum Part: Sendable {
        case document([UInt8])
        case errorTail([UInt8])
        case done
    }

    private func exchange(with process: Process) async throws -> Output {
        try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask {
                // A check may ignore its input; that it closed the pipe is then no failure.
                _ = try? await process.standardInputWriter.write(input)
                try? await process.standardInputWriter.finish()
                return .done
            }
            group.addTask { .document(try await document(of: process)) }
            group.addTask { .errorTail(try await errorTail(of: process)) }
            group.addTask {
                while !Self.hasEnded(process) { try await Task.sleep(for: .milliseconds(Self.exitPollMilliseconds)) }
                return .done
            }
            var output = Output()
            for try await part in group {
                switch part {
                case .document(let bytes): output.document = bytes
                case .errorTail(let bytes): output.errorTail = bytes
                case .done: break
                }
            }
            return output
        }
    }

    private func document(of process: Process) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in process.standardOutput {
            try Task.checkCancellation()
            guard bytes.count + chunk.count <= CommandCheck.outputBytesMax else {
                throw GatehouseError(
                    .tooLarge, "The check command '\(program)' printed more than \(CommandCheck.outputBytesMax) bytes.",
                    hint: "Print one JSON document with the verdict; put long reports elsewhere.")
            }
            chunk.withUnsafeBytes { bytes += $0 }
        }
        return bytes
    }

    private func errorTail(of process: Process) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in process.standardError {
            try Task.checkCancellation()
            chunk.withUnsafeBytes { bytes += $0.suffix(CommandCheck.errorTailBytesMax) }
            bytes.removeFirst(max(0, bytes.count - CommandCheck.errorTailBytesMax))
        }
        return bytes
    }

    /// Looks without reaping: the exit status is the library's to collect.
    static func hasEnded(_ process: Process) -> Bool {
        var info = siginfo_t()
        let answer = waitid(P_PID, id_t(process.processIdentifier.value), &info, WEXITED | WNOHANG | WNOWAIT)
        return answer != 0 || info.si_signo == SIGCHLD
    }
}

// MARK: - The document

extension CommandRun {
    /// Fails with `unavailable`, the exit status and the end of standard error when there is no JSON document.
    func document(_ output: Output, status: TerminationStatus) throws(GatehouseError) -> JSONValue {
        do {
            return try JSONParser.parse(output.document)
        } catch {
            let tail = String(decoding: output.errorTail, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(20)
            let what = output.document.isEmpty ? "printed nothing" : "did not print a JSON document (\(error.message))"
            throw GatehouseError(
                .unavailable, "The check command '\(program)' \(what) and \(Self.words(status)).",
                hint: "A check prints one JSON document on standard output, such as {\"passed\": true, \"reason\": \"…\"}.",
                details: tail.map { "stderr: \($0)" })
        }
    }

    private static func words(_ status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): "ended with status \(code)"
        case .signaled(let signal): "was ended by signal \(signal)"
        }
    }
}
