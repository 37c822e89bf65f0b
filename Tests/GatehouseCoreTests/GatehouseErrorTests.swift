import GatehouseCore
import Testing

@Suite("Errors")
struct GatehouseErrorTests {
    /// Our failures, which a client may try again; everything else is an answer and final.
    private static let failures: Set<ErrorCode> = [.unavailable, .unreachable, .notImplemented, .internalFailure]

    @Test("a refusal is 4xx and a failure 5xx: MLflow's client retries 5xx for minutes", arguments: ErrorCode.allCases)
    func status(_ code: ErrorCode) {
        #expect((Self.failures.contains(code) ? 500..<600 : 400..<500).contains(code.httpStatus))
    }

    @Test("every code has MLflow's word for it and an exit status that is no success", arguments: ErrorCode.allCases)
    func otherClients(_ code: ErrorCode) {
        // The words of MLflow's databricks.proto, as far as Gatehouse uses them.
        let words: Set<String> = [
            "INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS", "RESOURCE_CONFLICT",
            "PERMISSION_DENIED", "INVALID_STATE", "UNAUTHENTICATED", "REQUEST_LIMIT_EXCEEDED", "TEMPORARILY_UNAVAILABLE",
            "NOT_IMPLEMENTED", "INTERNAL_ERROR",
        ]
        #expect(words.contains(code.mlflowCode))
        #expect(code.exitCode != .done)
        #expect(code.exitCode != .usage)
    }

    @Test("no, not yet, not you and not there have exit statuses of their own")
    func exitStatuses() {
        #expect(ErrorCode.blockedByPolicy.exitCode == .answerIsNo)
        #expect(ErrorCode.undecided.exitCode == .undecided)
        #expect(ErrorCode.unauthenticated.exitCode == .notAllowed)
        #expect(ErrorCode.forbidden.exitCode == .notAllowed)
        #expect(ErrorCode.unreachable.exitCode == .unreachable)
        #expect(ErrorCode.invalidArgument.exitCode == .failed)
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 64])
    }

    @Test("an error reads as what is wrong, where, and what to do; the cause stays inside")
    func description() {
        let error = GatehouseError(
            .blockedByPolicy, "v7 is blocked.", hint: "Look at v7.", details: ["missing: a reason", "missing: an approval"],
            cause: GatehouseError(.unavailable, "secret"))
        #expect(error.description == "v7 is blocked.\nmissing: a reason\nmissing: an approval\nfix: Look at v7.")
        #expect(GatehouseError(.notFound, "Gone.").description == "Gone.")
    }
}
