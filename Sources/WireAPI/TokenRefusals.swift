package import GatehouseCore

/// What the server says of a token; the client says the same where an answer has no body to say it in.
extension GatehouseError {
    package static let tokenMissing = GatehouseError(
        .unauthenticated, "This call needs a token.",
        hint: "Set GATEHOUSE_TOKEN, or name a file with --token-file. The server printed the first token when it started.")
    package static let tokenUnknown = GatehouseError(
        .unauthenticated, "The token is not known to this server.", hint: "Is it the token of another server?")
}
