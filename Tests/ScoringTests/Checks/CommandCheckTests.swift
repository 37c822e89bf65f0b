import Foundation
import GatehouseCore
import Scoring
import Testing

@Suite("A custom check that is a command", .serialized)
struct CommandCheckTests {
    private let check = CommandCheck(environment: [
        "PATH": "/usr/bin:/bin", "HOME": "/nowhere", "LANG": "C", "GATEHOUSE_VERSION": "7", "AWS_SECRET_ACCESS_KEY": "secret",
    ])

    private func shell(
        _ script: String, input: JSONValue = [:], timeout: Duration = .seconds(60), workingDirectory: String = "/"
    ) async throws -> JSONValue {
        try await check.run(
            arguments: ["sh", "-c", script], input: input, timeout: timeout, workingDirectory: workingDirectory)
    }

    /// A fresh folder that is removed afterwards.
    private func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path(percentEncoded: false))
    }

    /// Whether the process with the number in `file` ends within ten seconds: SIGKILL is sure but not instant, and init
    /// may leave an orphan a zombie for a moment.
    private func ends(pidIn file: String) async throws -> Bool {
        let pid = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let deadline = ContinuousClock.now.advanced(by: .seconds(10))
        while ContinuousClock.now < deadline {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
            if stat.split(separator: ")").last?.split(separator: " ").first == "Z" { return true }
            await Task.yield()
        }
        return false
    }

    @Test("one document in, one document out")
    func echo() async throws {
        let input: JSONValue = ["model": "credit-risk", "metrics": ["auc": 0.83]]
        #expect(try await shell("cat", input: input) == input)
    }

    @Test("the document decides, not the exit status")
    func exitStatus() async throws {
        #expect(try await shell(#"echo '{"passed": false}'; exit 1"#) == ["passed": false])
    }

    @Test("a check that does not read a large input is not disturbed by it")
    func unreadInput() async throws {
        let large = JSONValue.string(String(repeating: "x", count: 1 << 20))
        #expect(try await shell("exec <&-; echo true", input: large) == true)
    }

    @Test("a large input arrives whole while output comes back")
    func largeInput() async throws {
        let large = JSONValue.string(String(repeating: "x", count: 900_000))
        #expect(try await shell("cat", input: large) == large)
    }

    @Test("only PATH, HOME, LANG and GATEHOUSE_… reach the check")
    func environment() async throws {
        let names = try await shell(#"printf '['; env | sed 's/=.*//' | sort | sed 's/.*/"&",/' | tr -d '\n'; printf 'null]'"#)
        let seen = Set((names.arrayValue ?? []).compactMap(\.stringValue)).subtracting(["PWD", "SHLVL", "_", "OLDPWD"])
        #expect(seen == ["PATH", "HOME", "LANG", "GATEHOUSE_VERSION"])
    }

    @Test("that we ignore SIGPIPE is not passed on: in the check it ends a writer as usual")
    func brokenPipeInCheck() async throws {
        // Bit 13 of the mask is SIGPIPE.
        let mask = try await shell(#"sed -n 's/^SigIgn:[[:space:]]*\(.*\)/"\1"/p' /proc/self/status"#)
        let bits = try #require(UInt64(mask.stringValue ?? "", radix: 16))
        #expect(bits & (1 << 12) == 0)
    }

    @Test("a relative program counts from the working directory")
    func relativeProgram() async throws {
        try await inFolder { folder in
            try "#!/bin/sh\necho \"\\\"$PWD $1\\\"\"\n".write(toFile: folder + "/check.sh", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/check.sh")
            let answer = try await check.run(
                arguments: ["./check.sh", "now"], input: nil, timeout: .seconds(60), workingDirectory: folder)
            #expect(answer.stringValue?.hasSuffix(" now") == true)
            #expect(answer.stringValue?.contains(folder.split(separator: "/").last ?? "?") == true)
        }
    }

    @Test("no document is an error with the exit status and the end of standard error")
    func noDocument() async throws {
        let error = await #expect(throws: GatehouseError.self) {
            try await shell("echo 'ImportError: numpy' >&2; exit 3")
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "The check command 'sh' printed nothing and ended with status 3.")
        #expect(error?.details == ["stderr: ImportError: numpy"])
    }

    @Test("output that is not JSON is an error that says where")
    func invalidJSON() async throws {
        let error = await #expect(throws: GatehouseError.self) { try await shell("echo '{\"passed\": yes}'") }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("at byte 11") == true)
        #expect(error?.message.contains("ended with status 0") == true)
    }

    @Test("a check that dies of a signal is an error that says which")
    func killed() async throws {
        let error = await #expect(throws: GatehouseError.self) { try await shell("kill -SEGV $$") }
        #expect(error?.message.contains("was ended by signal 11") == true)
    }

    @Test("endless output is cut off and the check stopped")
    func hugeOutput() async throws {
        let error = await #expect(throws: GatehouseError.self) { try await shell("yes") }
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("more than 1048576 bytes") == true)
    }

    @Test("of a flood on standard error the end is kept")
    func errorFlood() async throws {
        let error = await #expect(throws: GatehouseError.self) {
            try await shell("yes noise | head -c 3000000 >&2; echo last words >&2; exit 1")
        }
        #expect(error?.details.last == "stderr: last words")
        #expect((error?.details.count ?? .max) <= 20)
    }

    @Test("a check that is too slow is stopped, though it ignores SIGTERM, and so is what it has started")
    func timeout() async throws {
        try await inFolder { folder in
            let script = """
                trap '' TERM
                sh -c 'trap "" TERM; echo $$ > grandchild; while :; do sleep 0.1; done' &
                echo $$ > child
                while :; do sleep 0.1; done
                """
            let clock = ContinuousClock()
            let started = clock.now
            let error = await #expect(throws: GatehouseError.self) {
                try await shell(script, timeout: .seconds(3), workingDirectory: folder)
            }
            #expect(started.duration(to: clock.now) < .seconds(60))
            #expect(error?.code == .unavailable)
            #expect(error?.message == "The check command 'sh' did not end within 3s and was stopped.")
            try await #expect(ends(pidIn: folder + "/child"))
            try await #expect(ends(pidIn: folder + "/grandchild"))
        }
    }

    @Test("a grandchild that outlives a check which ended at SIGTERM, or in peace, is stopped", arguments: [true, false])
    func leftovers(endsInPeace: Bool) async throws {
        try await inFolder { folder in
            let script = """
                sh -c 'trap "" TERM; echo $$ > grandchild; while :; do sleep 0.1; done' &
                while [ ! -s grandchild ]; do sleep 0.01; done
                \(endsInPeace ? "echo true" : "sleep 60")
                """
            if endsInPeace {
                #expect(try await shell(script, workingDirectory: folder) == true)
            } else {
                await #expect(throws: GatehouseError.self) {
                    try await shell(script, timeout: .milliseconds(500), workingDirectory: folder)
                }
            }
            try await #expect(ends(pidIn: folder + "/grandchild"))
        }
    }

    @Test("a check that closes its output and goes on is stopped at the timeout, too")
    func closedOutput() async throws {
        let error = await #expect(throws: GatehouseError.self) {
            try await shell("echo true; exec >&- 2>&-; sleep 60", timeout: .milliseconds(300))
        }
        #expect(error?.message.contains("did not end within 300ms") == true)
    }

    @Test("a cancelled evaluation stops its check")
    func cancelled() async throws {
        try await inFolder { folder in
            await #expect(throws: (any Error).self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try await shell("echo $$ > child; while :; do sleep 0.1; done", workingDirectory: folder)
                    }
                    while !FileManager.default.fileExists(atPath: folder + "/child") { await Task.yield() }
                    group.cancelAll()
                    try await group.next()
                }
            }
            try await #expect(ends(pidIn: folder + "/child"))
        }
    }

    @Test(
        "a program that is not there, a folder that is not there and an empty command are the caller's errors",
        arguments: [
            (["no-such-program"], "/", "'no-such-program' cannot be run"), (["./no-such-check.sh"], "/", "cannot be run"),
            (["sh"], "/no/such/folder", "no such folder"), ([], "/", "needs a program"), (["sh", "a\0b"], "/", "zero bytes"),
        ])
    func notThere(arguments: [String], folder: String, part: String) async throws {
        let error = await #expect(throws: GatehouseError.self) {
            try await check.run(arguments: arguments, input: nil, timeout: .seconds(5), workingDirectory: folder)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
}
