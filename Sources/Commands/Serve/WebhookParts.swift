import Events
import GatehouseCore
import Logging
import Secrets
import Storage

/// What a server has for webhooks: the store that writes events with each change, the service behind the calls, the deliverer.
struct WebhookParts: Sendable {
    let store: OutboxStore
    let service: WebhookService
    let deliverer: WebhookDeliverer
    let sender: WebhookSender
    /// Nil: the server is not connected to Slack.
    let slackBell: SlackBell?
    /// The server's own.
    let key: ServerKey

    init(_ store: any SQLStore, _ settings: ServerSettings, logger: Logger) throws {
        let (now, ids, uuids) = (ProcessRoots.now, ProcessRoots.ids, ProcessRoots.uuids)
        key = try settings.serverKey ?? ServerKeyFile.key(in: settings.dataDirectory)
        sender = WebhookSender(rules: settings.webhookAddresses)
        slackBell = settings.slack == nil ? nil : SlackBell()
        deliverer = WebhookDeliverer(
            store: store, sender: sender, key: key, isAlone: store.commitCount != nil, now: now, ids: ids, uuids: uuids,
            logger: logger)
        self.store = OutboxStore(store, ids: uuids, slack: slackBell, wake: deliverer.wakeForEvents(of:))
        service = WebhookService(
            store: store, sender: sender, key: key, now: now, ids: ids, uuids: uuids, wake: deliverer.wake)
    }
}
