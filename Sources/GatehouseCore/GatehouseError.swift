/// Every error a person or a client sees: what is wrong, where, and what to do about it.
package struct GatehouseError: Error, Sendable, CustomStringConvertible {
    package let code: ErrorCode
    /// What is wrong, as a sentence.
    package let message: String
    /// What to do next, ideally a command.
    package let hint: String?
    /// Located findings, one line each: a policy's diagnostics, the requirements that are missing.
    package let details: [String]
    /// How long to wait before trying again makes sense.
    package let retryAfterSeconds: Int64?
    /// The underlying failure, for the log only; never sent to a client.
    package let cause: (any Error)?

    package init(
        _ code: ErrorCode, _ message: String, hint: String? = nil, details: [String] = [],
        retryAfterSeconds: Int64? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
        self.retryAfterSeconds = retryAfterSeconds
        self.cause = cause
    }

    package var description: String {
        ([message] + details + (hint.map { ["fix: \($0)"] } ?? [])).joined(separator: "\n")
    }
}

/// The classes of failure. One table maps each to what the three kinds of client see.
package enum ErrorCode: String, Codable, Sendable, CaseIterable {
    case invalidArgument
    case notFound
    case alreadyExists
    /// The state changed under the caller: `expected_stage`, an idempotency key used for another request.
    case conflict
    /// A policy says no.
    case blockedByPolicy
    /// What was asked for has not been decided yet.
    case undecided
    case unauthenticated
    case forbidden
    /// Bytes do not match their digest, or a sealed thing would change.
    case integrity
    case tooLarge
    case tooManyRequests
    /// The disk, the database or another machine failed; trying again may help.
    case unavailable
    case unreachable
    case notImplemented
    case internalFailure

    package var httpStatus: Int { row.http }
    /// MLflow's `error_code`. A refusal is 4xx: MLflow's client retries 5xx for minutes.
    package var mlflowCode: String { row.mlflow }
    package var exitCode: ExitStatus { row.exit }

    private var row: (http: Int, mlflow: String, exit: ExitStatus) {
        switch self {
        case .invalidArgument: (400, "INVALID_PARAMETER_VALUE", .failed)
        case .notFound: (404, "RESOURCE_DOES_NOT_EXIST", .failed)
        case .alreadyExists: (400, "RESOURCE_ALREADY_EXISTS", .failed)
        case .conflict: (409, "RESOURCE_CONFLICT", .failed)
        case .blockedByPolicy: (403, "PERMISSION_DENIED", .answerIsNo)
        case .undecided: (409, "INVALID_STATE", .undecided)
        case .unauthenticated: (401, "UNAUTHENTICATED", .notAllowed)
        case .forbidden: (403, "PERMISSION_DENIED", .notAllowed)
        case .integrity: (409, "RESOURCE_CONFLICT", .failed)
        case .tooLarge: (413, "INVALID_PARAMETER_VALUE", .failed)
        case .tooManyRequests: (429, "REQUEST_LIMIT_EXCEEDED", .failed)
        case .unavailable: (503, "TEMPORARILY_UNAVAILABLE", .failed)
        case .unreachable: (502, "TEMPORARILY_UNAVAILABLE", .unreachable)
        case .notImplemented: (501, "NOT_IMPLEMENTED", .failed)
        case .internalFailure: (500, "INTERNAL_ERROR", .failed)
        }
    }
}

/// What the process tells a script: "no" is told apart from "broken".
package enum ExitStatus: Int32, Sendable, CaseIterable {
    case done = 0
    case failed = 1
    /// The answer is no: blocked, invalid, rolled back.
    case answerIsNo = 2
    /// Not decided: inconclusive, pending.
    case undecided = 3
    case notAllowed = 4
    case unreachable = 5
    case usage = 64
}
