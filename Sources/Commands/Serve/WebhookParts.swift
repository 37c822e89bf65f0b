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

    init(_ store: any SQLStore, _ settings: ServerSettings, logger: Logger) throws {
        let (now, ids, uuids) = (ProcessRoots.now, ProcessRoots.ids, ProcessRoots.uuids)
        let key = try settings.serverKey ?? ServerKeyFile.key(in: settings.dataDirectory)
        let sender = WebhookSender(rules: settings.webhookAddresses)
        deliverer = WebhookDeliverer(store: store, sender: sender, key: key, now: now, ids: ids, logger: logger)
        self.store = OutboxStore(store, ids: uuids, wake: deliverer.wake)
        service = WebhookService(
            store: store, sender: sender, key: key, now: now, ids: ids, uuids: uuids, wake: deliverer.wake)
    }
}
