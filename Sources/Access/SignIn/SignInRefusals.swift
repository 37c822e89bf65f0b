import GatehouseCore

/// What is said to somebody whose credentials do not hold. It never tells whether there is such a user.
extension GatehouseError {
    static let tokenUnknown = GatehouseError(
        .unauthenticated, "The token is not known to this server.", hint: "Is it the token of another server?")

    static let passwordWrong = GatehouseError(.unauthenticated, "The user name or the password is wrong.")

    static let sessionOver = GatehouseError(
        .unauthenticated, "The session is over.", hint: "Sign in again at /sign-in.")

    static func tokenEnded(_ token: AccessToken) -> GatehouseError {
        GatehouseError(
            .unauthenticated, "The token '\(token.name)' \(token.revoked == nil ? "has expired" : "was revoked").",
            hint: "An admin makes another: gatehouse token create NAME --grant ROLE")
    }

    static func pause(_ seconds: Int64) -> GatehouseError {
        GatehouseError(
            .tooManyRequests, "Too many sign-ins failed.", hint: "Try again in \(seconds) s.", retryAfterSeconds: seconds)
    }
}
