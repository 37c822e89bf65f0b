/// Models and their versions.
struct ModelPages {
    func add(to pages: Pages) {
        pages.page("models") { page in try await ModelsScreen.load(page) }
        pages.page("models/:model") { page in try await ModelScreen.load(page) }
        pages.page("models/:model/compare") { page in try await CompareScreen.load(page) }
        pages.page("models/:model/:version") { page in try await VersionScreen.load(page) }
        pages.form(
            "models", { page, form in try await ModelsScreen.register(page, form) },
            reload: { page in try await ModelsScreen.load(page) })
        pages.form(
            "models/:model/aliases/delete", { page, form in try await ModelScreen.deleteAlias(page, form) },
            reload: { page in try await ModelScreen.load(page) })
        pages.form(
            "models/:model/:version/archive", { page, form in try await VersionScreen.archive(page, form) },
            reload: { page in try await VersionScreen.load(page) })
        pages.form(
            "models/:model/aliases", { page, form in try await ModelScreen.setAlias(page, form) },
            reload: { page in try await ModelScreen.load(page) })
        pages.form(
            "models/:model/:version/promote", { page, form in try await VersionScreen.promote(page, form) },
            reload: { page in try await VersionScreen.load(page) })
        pages.form(
            "models/:model/:version/evaluate", { page, _ in try await VersionScreen.evaluate(page) },
            reload: { page in try await VersionScreen.load(page) })
    }
}
