import GatehouseCore
import Testing

@testable import Commands

@Suite("Waiting for the server")
struct PatienceTests {
    private static let restarting = GatehouseError(.unreachable, "No Gatehouse server answers.")

    /// Asks a server that gives these answers one after the other, and its last one for ever.
    private func wait(_ patience: Patience, _ answers: [Result<Int?, GatehouseError>]) async throws -> (answer: Int, asked: Int) {
        var asked = 0
        let answer = try await patience.wait(hint: "Look again.") {
            asked += 1
            return try answers[min(asked, answers.count) - 1].get()
        }
        return (answer, asked)
    }

    private let quick = Patience(pollMilliseconds: 1, retryMilliseconds: 1, unreachableInARowMax: 3)

    @Test("a server that restarts while somebody waits is borne with")
    func restart() async throws {
        let away = Array(repeating: Result<Int?, GatehouseError>.failure(Self.restarting), count: 3)
        // Twice away, each time for as long as is borne with: only what comes in a row counts.
        let (answer, asked) = try await wait(quick, [.success(nil)] + away + [.success(nil)] + away + [.success(7)])
        #expect(answer == 7)
        #expect(asked == 9)
    }

    @Test("a server that stays away is reported")
    func gone() async throws {
        let error = try await #require(throws: GatehouseError.self) { try await wait(quick, [.failure(Self.restarting)]) }
        #expect(error.code == .unreachable)
    }

    @Test("any other failure is reported at once")
    func otherFailure() async throws {
        let error = try await #require(throws: GatehouseError.self) {
            try await wait(quick, [.failure(GatehouseError(.notFound, "There is no evaluation.")), .success(7)])
        }
        #expect(error.code == .notFound)
    }

    @Test("nobody waits for ever: without a result in time the exit code says undecided")
    func limit() async throws {
        var patience = quick
        patience.waitSecondsMax = 0
        let error = try await #require(throws: GatehouseError.self) { try await wait(patience, [.success(nil)]) }
        #expect(error.code.exitCode == .undecided)
        #expect(error.message == "There is no result after 0 s of waiting.")
        #expect(error.hint == "Look again.")
    }
}
