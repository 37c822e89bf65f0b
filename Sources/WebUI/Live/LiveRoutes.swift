import Access
import GatehouseCore
import HTTPAPI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// `/live?topics=…`: server-sent events, one for each change.
struct LiveRoutes {
    let site: WebSite
    private let open = OpenPages()

    init(site: WebSite) { self.site = site }

    func add(to pages: Pages) {
        let feed = LiveFeed(store: site.services.store)
        let open = open
        pages.group.get("live") { request, context in
            _ = try context.caller(who: .read)
            let topics = (request.text("topics") ?? "").split(separator: " ").prefix(LiveFeed.topicsMax)
                .compactMap(LiveFeed.Topic.init(parsing:))
            guard !topics.isEmpty else {
                throw GatehouseError(.invalidArgument, "'topics' names none.", hint: "Write log, traffic or model:NAME.")
            }
            return Response(
                status: .ok,
                headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
                body: .init { writer in
                    if open.enter() {
                        defer { open.leave() }
                        try await Self.follow(topics, feed, &writer)
                    } else {
                        // The page stays as it is, and asks for a place again in a minute.
                        try await writer.write(ByteBuffer(string: "retry: 60000\n\n"))
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private static func follow(
        _ topics: [LiveFeed.Topic], _ feed: LiveFeed, _ writer: inout any ResponseBodyWriter
    ) async throws {
        var seen = try await feed.newest(topics)
        try await writer.write(ByteBuffer(string: "retry: 3000\n: following\n\n"))
        for look in 1...LiveFeed.looksMax {
            try await Task.sleep(for: .milliseconds(LiveFeed.lookMilliseconds))
            // A server that stops does not wait for open pages; browsers ask again.
            if Task.isShuttingDownGracefully { return }
            let newest = try await feed.newest(topics)
            if newest > seen || (topics.contains(.traffic) && look % LiveFeed.looksPerTick == 0) {
                seen = newest
                try await writer.write(ByteBuffer(string: "event: changed\ndata: \(newest)\n\n"))
            } else if look % LiveFeed.looksPerHeartbeat == 0 {
                try await writer.write(ByteBuffer(string: ": still here\n\n"))
            }
        }
    }
}

/// How many pages are followed. A class, because all requests count together.
private final class OpenPages: Sendable {
    private let count = Mutex(0)

    /// False: there are as many as may be.
    func enter() -> Bool {
        count.withLock { count in
            guard count < LiveFeed.pagesMax else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
