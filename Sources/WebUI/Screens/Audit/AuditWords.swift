import AuditLog
import GatehouseCore
import Rendering

func mark(_ outcome: AuditOutcome) -> Markup {
    switch outcome {
    case .granted: mark(.good, "granted", shape: "✓")
    case .refused: mark(.bad, "refused", shape: "✕")
    case .recorded: Tag.span(.class("soft")) { "recorded" }
    }
}

extension AuditAction {
    /// `transition refused`
    var words: String { rawValue.replacing(".", with: " ").replacing("_", with: " ") }
}

extension AuditEntry {
    /// `credit-risk v3`; nil where it is about no model.
    var object: String? { model.map { $0.text + (version.map { " v\($0)" } ?? "") } }

    /// What it is about, with the way there.
    @MarkupBuilder
    var objectLink: Markup {
        if let object, let address = objectAddress {
            Tag.a(.href(address)) { object }
        } else {
            Markup.absent
        }
    }

    /// A policy's object is a name or a pattern of models, which need not be there.
    var objectAddress: String? {
        guard let model else { return nil }
        if action.rawValue.hasPrefix("policy.") { return Address.policy(model.text) }
        return version.map { Address.version(model, $0) } ?? Address.model(model)
    }
}

extension NoteVerifier {
    /// Short enough for a sentence; the whole stands where it is needed.
    var shortName: String { String(vkey.prefix(name.count + 9)) }
}
