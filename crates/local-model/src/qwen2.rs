//! Qwen2 with quantised weights, on the CPU.
//!
//! Own code rather than `candle-transformers`, for two reasons. Its cache of keys and values cannot be cut back, so that
//! every question would compute the fixed part of the prompt again; and it unpacks the whole table of embeddings
//! (930 MB for the 1.5B), of which a question needs a few hundred rows.

use std::io::{Read, Seek};

use candle_core::{
    D, DType, Device, Tensor,
    quantized::{QMatMul, QTensor, gguf_file::Content},
};
use candle_nn::{
    Module as _,
    ops::{rms_norm, silu, softmax_last_dim},
    rotary_emb::rope,
};

use crate::{Error, Result};

/// Positions there is room for: the longest prompt plus the longest answer.
pub(crate) const CONTEXT: usize = 2304;
/// Tokens of a prompt computed at once; bounds the memory of attention scores.
const CHUNK: usize = 256;
/// Sanity limits on a file's own claims.
const MAX_LAYERS: usize = 256;
const MAX_WIDTH: usize = 1 << 15;

/// The model with its cache.
pub(crate) struct Qwen2 {
    embeddings: QMatMul,
    layers: Vec<Layer>,
    norm: Tensor,
    output: QMatMul,
    eps: f32,
    cos: Tensor,
    sin: Tensor,
    vocabulary: usize,
    /// Positions of the cache that are filled.
    length: usize,
}

struct Layer {
    attention_norm: Tensor,
    query: Projection,
    key: Projection,
    value: Projection,
    attention_output: QMatMul,
    feed_norm: Tensor,
    gate: QMatMul,
    up: QMatMul,
    down: QMatMul,
    /// Keys and values so far, `(1, kv heads, CONTEXT, head size)`; written in place.
    keys: Tensor,
    values: Tensor,
    shape: HeadShape,
}

#[derive(Clone, Copy)]
struct HeadShape {
    heads: usize,
    kv_heads: usize,
    size: usize,
}

struct Projection {
    weight: QMatMul,
    bias: Tensor,
}

impl Projection {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        self.weight.forward(x)?.broadcast_add(&self.bias)
    }
}

/// Reads tensors of one file.
struct Loader<'a, R> {
    content: &'a Content,
    reader: &'a mut R,
}

impl<R: Read + Seek> Loader<'_, R> {
    fn tensor(&mut self, name: &str) -> Result<QTensor> {
        self.content
            .tensor(self.reader, name, &Device::Cpu)
            .map_err(|error| Error::Weights(error.to_string()))
    }

    fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Result<QMatMul> {
        let tensor = self.tensor(name)?;
        if tensor.shape().dims() != [rows, columns] {
            return Err(Error::Weights(format!(
                "`{name}` has the shape {:?}",
                tensor.shape().dims()
            )));
        }
        Ok(QMatMul::from_qtensor(tensor)?)
    }

    fn vector(&mut self, name: &str, size: usize) -> Result<Tensor> {
        let tensor = self.tensor(name)?.dequantize(&Device::Cpu)?;
        if tensor.dims() != [size] {
            return Err(Error::Weights(format!("`{name}` has the shape {:?}", tensor.dims())));
        }
        Ok(tensor)
    }

    fn number(&self, key: &str) -> Result<usize> {
        let value = self.content.metadata.get(key).and_then(|value| value.to_u32().ok());
        value
            .map(|value| value as usize)
            .ok_or_else(|| Error::Weights(format!("the file has no number `{key}`")))
    }

    fn float(&self, key: &str) -> Option<f32> {
        self.content.metadata.get(key).and_then(|value| value.to_f32().ok())
    }
}

impl Qwen2 {
    /// Loads from a GGUF file of the architecture `qwen2`.
    pub(crate) fn load<R: Read + Seek>(content: &Content, reader: &mut R) -> Result<Self> {
        let architecture = content
            .metadata
            .get("general.architecture")
            .and_then(|value| value.to_string().ok());
        if architecture.map(String::as_str) != Some("qwen2") {
            return Err(Error::Weights(format!(
                "the architecture is {architecture:?}, not qwen2"
            )));
        }
        let mut loader = Loader { content, reader };
        let heads = loader.number("qwen2.attention.head_count")?;
        let kv_heads = loader.number("qwen2.attention.head_count_kv")?;
        let width = loader.number("qwen2.embedding_length")?;
        let inner = loader.number("qwen2.feed_forward_length")?;
        let count = loader.number("qwen2.block_count")?;
        let plausible = kv_heads > 0
            && heads.is_multiple_of(kv_heads)
            && heads > 0
            && width.is_multiple_of(heads)
            && (width / heads).is_multiple_of(2)
            && width <= MAX_WIDTH
            && (1..=MAX_LAYERS).contains(&count);
        if !plausible {
            return Err(Error::Weights(
                "the file's dimensions are not those of a qwen2 model".into(),
            ));
        }
        let shape = HeadShape {
            heads,
            kv_heads,
            size: width / heads,
        };
        let kv_width = kv_heads * shape.size;
        let eps = loader.float("qwen2.attention.layer_norm_rms_epsilon").unwrap_or(1e-6);
        let base = loader.float("qwen2.rope.freq_base").unwrap_or(1e6);
        let (cos, sin) = rotation(shape.size, base)?;

        let embeddings = loader.tensor("token_embd.weight")?;
        let (vocabulary, columns) = embeddings.shape().dims2()?;
        if columns != width {
            return Err(Error::Weights(
                "the embeddings have another width than the model".into(),
            ));
        }
        let embeddings = std::sync::Arc::new(embeddings);
        // Small models share one table for input and output.
        let output = if content.tensor_infos.contains_key("output.weight") {
            loader.matrix("output.weight", vocabulary, width)?
        } else {
            QMatMul::from_arc(embeddings.clone())?
        };
        let mut layers = Vec::with_capacity(count);
        for index in 0..count {
            let name = |part: &str| format!("blk.{index}.{part}");
            let mut projection = |part: &str, size| -> Result<Projection> {
                Ok(Projection {
                    weight: loader.matrix(&name(&format!("{part}.weight")), size, width)?,
                    bias: loader.vector(&name(&format!("{part}.bias")), size)?,
                })
            };
            let (query, key, value) = (
                projection("attn_q", width)?,
                projection("attn_k", kv_width)?,
                projection("attn_v", kv_width)?,
            );
            let empty = || Tensor::zeros((1, kv_heads, CONTEXT, shape.size), DType::F32, &Device::Cpu);
            layers.push(Layer {
                attention_norm: loader.vector(&name("attn_norm.weight"), width)?,
                query,
                key,
                value,
                attention_output: loader.matrix(&name("attn_output.weight"), width, width)?,
                feed_norm: loader.vector(&name("ffn_norm.weight"), width)?,
                gate: loader.matrix(&name("ffn_gate.weight"), inner, width)?,
                up: loader.matrix(&name("ffn_up.weight"), inner, width)?,
                down: loader.matrix(&name("ffn_down.weight"), width, inner)?,
                keys: empty()?,
                values: empty()?,
                shape,
            });
        }
        Ok(Self {
            embeddings: QMatMul::from_arc(embeddings)?,
            layers,
            norm: loader.vector("output_norm.weight", width)?,
            output,
            eps,
            cos,
            sin,
            vocabulary,
            length: 0,
        })
    }

    /// How many logits there are.
    pub(crate) fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// Forgets everything after the first `length` positions.
    pub(crate) fn cut_back(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Appends tokens and gives the logits after the last one. `go_on` is asked between chunks.
    pub(crate) fn append(&mut self, tokens: &[u32], mut go_on: impl FnMut() -> Result<()>) -> Result<Vec<f32>> {
        if tokens.is_empty() || self.length + tokens.len() > CONTEXT {
            return Err(Error::Compute(format!(
                "{} tokens do not fit",
                self.length + tokens.len()
            )));
        }
        let mut last = None;
        for chunk in tokens.chunks(CHUNK) {
            go_on()?;
            last = Some(self.chunk(chunk)?);
        }
        let last = last.ok_or_else(|| Error::Compute("no tokens".into()))?;
        let last = rms_norm(&last.contiguous()?, &self.norm, self.eps)?;
        Ok(self.output.forward(&last)?.flatten_all()?.to_vec1()?)
    }

    /// One pass; the hidden state of the last token, `(1, 1, width)`.
    fn chunk(&mut self, tokens: &[u32]) -> Result<Tensor> {
        let (start, count) = (self.length, tokens.len());
        let ids = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        let mut x = self.embeddings.embedding(&ids)?.to_dtype(DType::F32)?;
        let cos = self.cos.narrow(0, start, count)?;
        let sin = self.sin.narrow(0, start, count)?;
        let mask = if count == 1 {
            None
        } else {
            Some(causal_mask(start, count)?)
        };
        for layer in &self.layers {
            let normed = rms_norm(&x, &layer.attention_norm, self.eps)?;
            x = (layer.attend(&normed, &cos, &sin, mask.as_ref(), start)? + x)?;
            let normed = rms_norm(&x, &layer.feed_norm, self.eps)?;
            let hidden = (silu(&layer.gate.forward(&normed)?)? * layer.up.forward(&normed)?)?;
            x = (layer.down.forward(&hidden)? + x)?;
        }
        // Only now is the chunk part of the cache: an error above leaves the cache as it was.
        self.length += count;
        Ok(x.narrow(1, count - 1, 1)?)
    }
}

impl Layer {
    fn attend(
        &self,
        x: &Tensor,
        cos: &Tensor,
        sin: &Tensor,
        mask: Option<&Tensor>,
        start: usize,
    ) -> candle_core::Result<Tensor> {
        let HeadShape { heads, kv_heads, size } = self.shape;
        let (_, count, width) = x.dims3()?;
        let split = |projected: Tensor, heads| {
            projected
                .reshape((1, count, heads, size))?
                .transpose(1, 2)?
                .contiguous()
        };
        let query = rope(&split(self.query.forward(x)?, heads)?, cos, sin)?;
        let key = rope(&split(self.key.forward(x)?, kv_heads)?, cos, sin)?;
        let value = split(self.value.forward(x)?, kv_heads)?;
        self.keys.slice_set(&key, 2, start)?;
        self.values.slice_set(&value, 2, start)?;
        let length = start + count;
        let keys = self.keys.narrow(2, 0, length)?;
        let values = self.values.narrow(2, 0, length)?;

        // Query heads that share a key head become rows of one matrix, so keys are never copied per head.
        let group = heads / kv_heads;
        let query = query.reshape((1, kv_heads, group * count, size))?;
        let mut scores = (query.matmul(&keys.transpose(D::Minus2, D::Minus1)?)? / (size as f64).sqrt())?;
        if let Some(mask) = mask {
            scores = scores
                .reshape((kv_heads, group, count, length))?
                .broadcast_add(mask)?
                .reshape((1, kv_heads, group * count, length))?;
        }
        let mixed = softmax_last_dim(&scores)?.matmul(&values)?;
        let mixed = mixed
            .reshape((1, heads, count, size))?
            .transpose(1, 2)?
            .reshape((1, count, width))?;
        self.attention_output.forward(&mixed)
    }
}

/// Zero where a token may look, minus infinity ahead of it.
fn causal_mask(start: usize, count: usize) -> candle_core::Result<Tensor> {
    let length = start + count;
    let mask: Vec<f32> = (0..count)
        .flat_map(|row| (0..length).map(move |column| if column > start + row { f32::NEG_INFINITY } else { 0.0 }))
        .collect();
    Tensor::from_vec(mask, (count, length), &Device::Cpu)
}

/// Cosines and sines of the rotary embedding for every position.
fn rotation(size: usize, base: f32) -> candle_core::Result<(Tensor, Tensor)> {
    let steps: Vec<f32> = (0..size)
        .step_by(2)
        .map(|i| 1.0 / base.powf(i as f32 / size as f32))
        .collect();
    let angles: Vec<f32> = (0..CONTEXT)
        .flat_map(|position| steps.iter().map(move |step| position as f32 * step))
        .collect();
    let angles = Tensor::from_vec(angles, (CONTEXT, size / 2), &Device::Cpu)?;
    Ok((angles.cos()?, angles.sin()?))
}
