import AsyncHTTPClient
import AuditLog
import Demo
import Foundation
import GatehouseCore
import Gates
import Promotions
import Rendering
import Secrets
import Synchronization
import WireAPI

/// Starts the server, has the story played against it over HTTP, and says what to try next.
struct DemoShow: Sendable {
    let terminal: Terminal
    let folder: String
    let examples: String
    let staysOpen: Bool
    let port: Int

    func run(_ role: ServerRole) async throws {
        let outcome = Mutex<Result<Void, any Error>>(.success(()))
        let (gateways, gateway) = AsyncStream.makeStream(of: StoryGateway.self)
        try await role.run(onGateway: { gateway.yield(StoryGateway(at: $0.url)) }) { server in
            for await gateway in gateways {
                let played = await Result.of { try await play(on: server, gateway) }
                outcome.withLock { $0 = played }
                if case .success = played, staysOpen { return }
                return await server.stop()
            }
        }
        do {
            try outcome.withLock { $0 }.get()
        } catch is CancellationError {
            terminal.note("interrupted: the story was not played to its end")
            throw EarlyExit(status: .failed)
        }
    }

    private func play(on server: ServerRole.Ready, _ gateway: StoryGateway) async throws {
        let tokenFile = "\(folder)/token"
        if let token = server.adminToken {
            try PrivateFile(tokenFile).write(token)
        }
        terminal.out("A fresh Gatehouse serves \(server.url); its data is in \(folder)")
        if server.adminToken == nil {
            terminal.out("Anybody who reaches it may do anything: it runs with --insecure-no-auth.")
        }
        let client = try GatehouseClient(server: server.url, token: server.adminToken, http: .gatehouse)
        let password = ProcessRoots.randomBytes(15).map { String($0, radix: 36) }.joined()
        try PrivateFile("\(folder)/password").write(password)
        let cast = try Cast(admin: client, password: password) { name, password in
            try GatehouseClient(server: server.url, token: nil, user: (name, password), http: .gatehouse)
        }
        let progress = ProgressLine(terminal, isQuiet: !terminal.isInteractiveError)
        let story = IncidentStory(cast: cast, gateway: gateway, examples: examples, dataFolder: "\(folder)/data") { event in
            show(event, progress)
        }
        try await story.play()
        epilogue(server, tokenFile)
    }

    private func show(_ event: IncidentStory.Event, _ progress: ProgressLine) {
        switch event {
        case .chapter(let text):
            terminal.out()
            terminal.out(terminal.styled(text, .bold))
        case .said(let text): terminal.out("  \(text)")
        case .ran(let command): terminal.out("  \(terminal.styled("$ " + command, .dim))")
        case .progress(let step): progress.show(step: step.step, fraction: step.fraction, isDone: step.isDone)
        case .refused(let error):
            terminal.out("  \(terminal.styled("refused:", .red)) \(error.message)")
            for detail in error.details { terminal.out("    \(detail)") }
        case .receipt(let proof, let key):
            do {
                let receipt = try TLogProof(parsing: proof)
                try receipt.verify(entry: receipt.extra ?? [], key: try NoteVerifier(parsing: key))
                terminal.out(
                    "  holds: entry \(receipt.index + 1) of \(receipt.checkpoint.size), signed by \(key.prefix { $0 != "+" })")
            } catch {
                terminal.out("  \(terminal.styled("does not hold:", .red)) \(error)")
            }
        case .decided(let answer):
            progress.end()
            let checks = (try? CheckAnswers.results(answer.checks)) ?? []
            PromotionReport(terminal: terminal).show(answer, checks)
        }
    }

    private func epilogue(_ server: ServerRole.Ready, _ tokenFile: String) {
        terminal.out()
        terminal.out(terminal.styled("Try next", .bold))
        let address =
            "export GATEHOUSE_SERVER=\(server.url)"
            + (server.adminToken == nil ? "" : " GATEHOUSE_TOKEN=$(cat \(shellQuoted(tokenFile)))")
        if !staysOpen {
            terminal.out("  gatehouse serve --data-dir \(shellQuoted("\(folder)/server")) --port \(port == 0 ? 5000 : port)")
        }
        let commands = [
            staysOpen
                ? address
                : "export GATEHOUSE_SERVER=http://127.0.0.1:\(port == 0 ? 5000 : port) GATEHOUSE_TOKEN=$(cat \(shellQuoted(tokenFile)))",
            "gatehouse model show \(IncidentStory.model)",
            "gatehouse evaluate \(IncidentStory.model) 2 --wait --full      # every number behind the verdicts",
            "gatehouse history \(IncidentStory.model)                     # who was in production when, and why",
            "gatehouse audit log --model \(IncidentStory.model)           # every decision, the refused ones too",
            "gatehouse policy gates                             # what a policy can ask for",
        ]
        for command in commands { terminal.out("  \(command)") }
        terminal.out("  or open the address in a browser, and sign in with the token and no name")
        terminal.out()
        if staysOpen { terminal.note("The server stays open; Ctrl-C ends it.") }
    }
}
