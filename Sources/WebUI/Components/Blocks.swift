import Rendering

/// A part of a page under a heading of its own. `id` is the page's, and can be linked to.
func block(_ title: String, id: String, note: String? = nil, @MarkupBuilder _ content: () -> Markup) -> Markup {
    Tag.section(.id(id), .labelledBy("\(id)-title")) {
        Tag.h2(.id("\(id)-title")) { title }
        if let note { Tag.p(.class("soft")) { note } }
        content()
    }
}

/// A part that script fetches anew when what the page is about has changed; see `LiveFeed`.
func live(_ id: String, @MarkupBuilder _ content: () -> Markup) -> Markup {
    Tag.div(.id(id), Attribute("data-live", nil)) { content() }
}

/// Says what is so, in words, on a coloured ground.
func notice(_ tone: Tone, @MarkupBuilder _ content: () -> Markup) -> Markup {
    Tag.div(.class("notice \(tone.rawValue)")) { content() }
}

/// What stands where there is nothing yet: what it would be, and how it comes about.
func empty(_ words: String, command: String? = nil) -> Markup {
    Tag.div(.class("empty")) {
        Tag.p { words }
        if let command { commandLine(command) }
    }
}

/// A command to copy, or another text that programs want letter by letter. Long lines wrap.
func commandLine(_ command: String) -> Markup {
    Tag.pre(.class("command"), Attribute("data-copy", nil)) { Tag.code { command } }
}

/// Names and values, a pair each.
func facts(_ pairs: [(name: String, value: Markup)]) -> Markup {
    Tag.dl(.class("facts")) {
        for pair in pairs {
            Tag.div {
                Tag.dt { pair.name }
                Tag.dd { pair.value }
            }
        }
    }
}

func list(_ items: [String]) -> Markup {
    Tag.ul { for item in items { Tag.li { item } } }
}

/// The way back up: models / credit-risk / version 7.
func trail(_ steps: [(name: String, address: String)]) -> Markup {
    Tag.nav(.class("trail"), .label("Where this is")) {
        Tag.ol {
            for step in steps { Tag.li { Tag.a(.href(step.address)) { step.name } } }
        }
    }
}
