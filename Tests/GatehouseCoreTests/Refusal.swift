import GatehouseCore
import Testing

/// The refusal of bad input: an `invalidArgument` and nothing else. Records an issue when `body` succeeds.
func refusal(
    _ body: () throws -> some Any, sourceLocation: SourceLocation = #_sourceLocation
) throws -> GatehouseError {
    let error = try #require(throws: GatehouseError.self, sourceLocation: sourceLocation) { _ = try body() }
    #expect(error.code == .invalidArgument, sourceLocation: sourceLocation)
    return error
}
