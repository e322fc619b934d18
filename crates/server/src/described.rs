//! Routes with their descriptions, of which the document of the API is made.
//!
//! Only what answers is made at the start. The descriptions of all types and routes are megabytes of small pieces, and whoever
//! serves has no use for them: they are made when the document is asked for.

use axum::{Router, handler::Handler, routing::MethodRouter};
use utoipa_axum::{PathItemExt as _, router::OpenApiRouter};

use crate::state::Shared;

/// Routes, and how each is described.
pub struct Routes {
    router: Router<Shared>,
    describe: Vec<Describe>,
}

/// Adds the descriptions of some routes.
pub type Describe = fn(OpenApiRouter<Shared>) -> OpenApiRouter<Shared>;

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self {
            router: Router::new(),
            describe: Vec::new(),
        }
    }

    /// With those of `routes!`.
    pub fn routes(mut self, (add, describe): (impl FnOnce(Router<Shared>) -> Router<Shared>, Describe)) -> Self {
        self.router = add(self.router);
        self.describe.push(describe);
        self
    }

    /// With those of another module.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.describe.extend(other.describe);
        self
    }

    /// With a layer around what there is so far.
    pub fn around(mut self, layered: impl FnOnce(Router<Shared>) -> Router<Shared>) -> Self {
        self.router = layered(self.router);
        self
    }

    /// What answers.
    pub fn into_router(self) -> Router<Shared> {
        self.router
    }

    /// What describes.
    pub fn described(self) -> OpenApiRouter<Shared> {
        let all = OpenApiRouter::new();
        self.describe.into_iter().fold(all, |all, describe| describe(all))
    }
}

/// A router with what answers at the path that `P` describes.
pub fn add<P, H, T>(router: Router<Shared>, handler: H) -> Router<Shared>
where
    P: utoipa::Path,
    H: Handler<T, Shared>,
    T: 'static,
{
    let on = P::methods().into_iter().fold(MethodRouter::new(), |on, method| {
        on.on(method.to_method_filter(), handler.clone())
    });
    router.route(&P::path(), on)
}

/// Handlers with `#[utoipa::path]`, each at its own path.
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {
        pastey::paste! {
            (
                |router| {
                    $(let router = $crate::described::add::<[<__path_ $handler>], _, _>(router, $handler);)+
                    router
                },
                (|all| all.routes(utoipa_axum::routes!($($handler),+))) as $crate::described::Describe,
            )
        }
    };
}
pub(crate) use routes;
