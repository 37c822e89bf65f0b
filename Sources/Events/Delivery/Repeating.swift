import ServiceLifecycle

/// Does something now and then, until the server is asked to end.
func repeating(every pause: Duration, _ body: @Sendable () async -> Void) async {
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
        await body()
        do { try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) } } catch { return }
    }
}
