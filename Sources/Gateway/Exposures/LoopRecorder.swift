package import NIOCore

/// Takes every exchange of one event loop, from which exposures, live counts and shadow copies start. A class, because one
/// object per loop is shared by all its connections; used on that loop only.
package final class LoopRecorder {
    package init() {}

    /// Called on the loop after the last byte of the answer was given to the client's connection.
    package func finished(_ exchange: borrowing Exchange) {}

    /// Called on the loop when another route table takes over.
    package func routesChanged(to routes: ActiveRoutes) {}

    /// Called on the loop every `GatewayLimits.tickMilliseconds`.
    package func tick(at now: NIODeadline) {}
}
