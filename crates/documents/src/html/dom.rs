//! An HTML tree in one vector, with a limit on nodes and depth.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    rc::Rc,
};

use html5ever::{
    Attribute, ParseOpts, QualName, expanded_name, local_name, ns, parse_document,
    tendril::{StrTendril, TendrilSink as _},
    tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink},
};

use crate::{DocumentError, Limits, guard::Clock};

/// Bytes parsed between two looks at the clock.
const CHUNK: usize = 8 << 10;

/// What a node is.
#[derive(Debug)]
pub(super) enum Data {
    Document,
    Element {
        name: Rc<QualName>,
        attributes: Vec<Attribute>,
    },
    Text(String),
    Comment(String),
    Other,
}

#[derive(Debug)]
struct Node {
    data: Data,
    parent: Option<usize>,
    children: Vec<usize>,
    depth: u64,
}

/// A parsed page.
#[derive(Debug)]
pub(super) struct Dom {
    nodes: Vec<Node>,
}

/// Parses a page.
pub(super) fn parse(html: &str, limits: &Limits, clock: &Clock) -> Result<Dom, DocumentError> {
    let mut parser = parse_document(Sink::new(), ParseOpts::default());
    let mut rest = html;
    while !rest.is_empty() {
        clock.check()?;
        let mut end = rest.len().min(CHUNK);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (chunk, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parser.process(StrTendril::from(chunk));
        rest = after;
        let sink = &parser.tokenizer.sink.sink;
        if sink.nodes.borrow().len() as u64 > limits.max_nodes {
            return Err(DocumentError::TooMany {
                part: "the page".to_owned(),
                what: "elements",
                limit: limits.max_nodes,
            });
        }
        if sink.deepest.get() > limits.max_depth {
            return Err(DocumentError::TooDeep {
                part: "the page".to_owned(),
                limit: limits.max_depth,
            });
        }
    }
    let sink = parser.finish();
    Ok(Dom {
        nodes: sink.nodes.into_inner(),
    })
}

impl Dom {
    pub(super) const ROOT: usize = 0;

    pub(super) fn data(&self, id: usize) -> &Data {
        self.nodes.get(id).map_or(&Data::Other, |node| &node.data)
    }

    pub(super) fn children(&self, id: usize) -> &[usize] {
        self.nodes.get(id).map_or(&[], |node| &node.children)
    }

    pub(super) fn parent(&self, id: usize) -> Option<usize> {
        self.nodes.get(id)?.parent
    }

    /// The local name of an element; empty for anything else.
    pub(super) fn tag(&self, id: usize) -> &str {
        match self.data(id) {
            Data::Element { name, .. } => &name.local,
            _ => "",
        }
    }

    pub(super) fn attribute(&self, id: usize, name: &str) -> Option<&str> {
        match self.data(id) {
            Data::Element { attributes, .. } => attributes
                .iter()
                .find(|attribute| &*attribute.name.local == name)
                .map(|attribute| &*attribute.value),
            _ => None,
        }
    }

    /// The node and everything below it, in document order.
    pub(super) fn descendants(&self, id: usize) -> impl Iterator<Item = usize> + '_ {
        let mut stack = vec![id];
        std::iter::from_fn(move || {
            let next = stack.pop()?;
            stack.extend(self.children(next).iter().rev());
            Some(next)
        })
    }

    /// All text below a node.
    pub(super) fn text(&self, id: usize) -> String {
        self.descendants(id)
            .filter_map(|id| match self.data(id) {
                Data::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }
}

/// A node while the tree is built. The name travels along because html5ever asks for it by reference.
#[derive(Clone)]
struct Handle {
    id: usize,
    name: Rc<QualName>,
}

struct Sink {
    nodes: RefCell<Vec<Node>>,
    deepest: Cell<u64>,
    no_name: Rc<QualName>,
}

impl Sink {
    fn new() -> Self {
        let root = Node {
            data: Data::Document,
            parent: None,
            children: Vec::new(),
            depth: 0,
        };
        Self {
            nodes: RefCell::new(vec![root]),
            deepest: Cell::new(0),
            no_name: Rc::new(QualName::new(None, ns!(), local_name!(""))),
        }
    }

    fn add(&self, data: Data) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node {
            data,
            parent: None,
            children: Vec::new(),
            depth: 0,
        });
        nodes.len() - 1
    }

    fn unnamed(&self, id: usize) -> Handle {
        Handle {
            id,
            name: Rc::clone(&self.no_name),
        }
    }

    fn detach(&self, id: usize) {
        let mut nodes = self.nodes.borrow_mut();
        let parent = nodes.get_mut(id).and_then(|node| node.parent.take());
        if let Some(parent) = parent.and_then(|parent| nodes.get_mut(parent)) {
            parent.children.retain(|child| *child != id);
        }
    }

    /// Puts a node under `parent`, before its child number `at`, or last.
    fn attach(&self, parent: usize, id: usize, at: Option<usize>) {
        self.detach(id);
        let mut nodes = self.nodes.borrow_mut();
        let depth = nodes.get(parent).map_or(0, |node| node.depth) + 1;
        self.deepest.set(self.deepest.get().max(depth));
        if let Some(node) = nodes.get_mut(id) {
            node.parent = Some(parent);
            node.depth = depth;
        }
        if let Some(parent) = nodes.get_mut(parent) {
            let at = at.unwrap_or(parent.children.len()).min(parent.children.len());
            parent.children.insert(at, id);
        }
    }

    /// Adds text to the text node before position `at`, if there is one.
    fn merge_text(&self, parent: usize, at: Option<usize>, text: &str) -> bool {
        let mut nodes = self.nodes.borrow_mut();
        let Some(children) = nodes.get(parent).map(|node| &node.children) else {
            return false;
        };
        let before = match at {
            Some(at) => at.checked_sub(1).and_then(|at| children.get(at)),
            None => children.last(),
        };
        let before = before.copied();
        if let Some(Data::Text(existing)) = before.and_then(|id| nodes.get_mut(id)).map(|node| &mut node.data) {
            existing.push_str(text);
            return true;
        }
        false
    }

    fn insert(&self, parent: usize, child: NodeOrText<Handle>, at: Option<usize>) {
        match child {
            NodeOrText::AppendNode(node) => self.attach(parent, node.id, at),
            NodeOrText::AppendText(text) => {
                if !self.merge_text(parent, at, &text) {
                    let id = self.add(Data::Text(text.to_string()));
                    self.attach(parent, id, at);
                }
            }
        }
    }

    /// Where a node stands among its siblings.
    fn place(&self, id: usize) -> Option<(usize, usize)> {
        let nodes = self.nodes.borrow();
        let parent = nodes.get(id)?.parent?;
        let at = nodes.get(parent)?.children.iter().position(|child| *child == id)?;
        Some((parent, at))
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = &'a QualName;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        self.unnamed(Dom::ROOT)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a QualName {
        &target.name
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _flags: ElementFlags) -> Handle {
        let name = Rc::new(name);
        let id = self.add(Data::Element {
            name: Rc::clone(&name),
            attributes,
        });
        Handle { id, name }
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        self.unnamed(self.add(Data::Comment(text.trim().to_owned())))
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Handle {
        self.unnamed(self.add(Data::Other))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.insert(parent.id, child, None);
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        if self.place(element.id).is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}

    fn get_template_contents(&self, target: &Handle) -> Handle {
        // Contents of templates are never shown; they may as well stand in the element.
        target.clone()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        if let NodeOrText::AppendNode(node) = &child {
            self.detach(node.id);
        }
        if let Some((parent, at)) = self.place(sibling.id) {
            self.insert(parent, child, Some(at));
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, more: Vec<Attribute>) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(Data::Element { attributes, .. }) = nodes.get_mut(target.id).map(|node| &mut node.data) {
            for attribute in more {
                if !attributes.iter().any(|own| own.name == attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let children = self
            .nodes
            .borrow()
            .get(node.id)
            .map(|node| node.children.clone())
            .unwrap_or_default();
        for child in children {
            self.attach(new_parent.id, child, None);
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &Handle) -> bool {
        handle.name.expanded() == expanded_name!(mathml "annotation-xml")
    }
}
