import GatehouseCore
import Storage

extension SQLStore {
    /// Writes; a refusal commits its record and is thrown after that.
    func decide<Value: Sendable>(
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result<Value, GatehouseError>
    ) async throws -> Value {
        try await write(body).get()
    }
}

extension Quorum {
    /// Why somebody may not do what takes a person without a part in it.
    func refusal(of principal: Principal, _ objection: Objection, to deed: String) -> GatehouseError {
        GatehouseError(
            .forbidden, "\(principal) may not \(deed): \(principal) \(words(objection)).",
            hint: "Ask somebody who has no part in it; no role is an exception.")
    }
}
