//! From a batch to commands.

use super::GpuSession;
use crate::compose::{Method, needs_publish};
use crate::device::Inner;
use crate::epoch::{Epoch, Taken, row_bits};
use crate::memory::{DESCRIPTORS, Held};
use crate::params::{AUX_LIST, AUX_OCCUPIED, ROW_IDS, WORKGROUP, word};
use crate::readback::{Fetched, read};
use crate::stream::Stream;
use crate::table::Wanted;
use crate::{GpuError, Shape};
use graticule_kernels::Program;

#[derive(Debug, Clone)]
pub(super) struct Pipelines {
    fused: wgpu::ComputePipeline,
    publish: Option<wgpu::ComputePipeline>,
}

/// Chunks of one shape in one slab whose dispatch is not recorded yet.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) slab: usize,
    pub(super) shape: Option<Shape>,
    pub(super) chunks: Vec<Waited>,
}

/// A chunk of a batch.
#[derive(Debug)]
pub(super) struct Waited {
    pub(super) number: u32,
    pub(super) from: u32,
    pub(super) to: u32,
    /// The descriptor after these.
    pub(super) rest: Vec<u32>,
}

/// Bytes of `params` that a session begins with.
pub(super) const PARAMS: u64 = DESCRIPTORS / 4;
/// What every adapter allows on an axis.
const MOST_WORKGROUPS: u32 = 65_535;
/// Rows of one dispatch: about a tenth of a second on a slow GPU.
const DISPATCH_ROWS: u64 = 1 << 26;

/// Bytes of chunk descriptors that a session has.
pub(super) const MOST_DESCRIPTORS: u64 = DESCRIPTORS - PARAMS;

impl GpuSession {
    /// Records the dispatches of the batch.
    pub(super) fn close_batch(&mut self) -> Result<(), GpuError> {
        let batch = std::mem::take(&mut self.batch);
        if let Some(shape) = &batch.shape {
            let mut chunks = batch.chunks;
            chunks.reverse();
            while !chunks.is_empty() {
                let room = self.room(&chunks)?;
                let now = split_off(&mut chunks, room);
                self.dispatch(batch.slab, shape, &now)?;
            }
        }
        let since = self.fresh;
        self.gpu.inner.stream().slabs.close(self.number, since);
        Ok(())
    }

    /// Rows that the next dispatch may have. Reads counters or tables back where that makes room.
    fn room(&mut self, chunks: &[Waited]) -> Result<u64, GpuError> {
        let rows: u64 = chunks.iter().map(|c| u64::from(c.to - c.from)).sum();
        let wanted = rows.min(DISPATCH_ROWS);
        loop {
            let epoch = self.epoch()?;
            let room = epoch.room();
            let enough = wanted.min(u64::from(epoch.plan.groups) / 8).max(1);
            if room >= wanted {
                return Ok(room.min(DISPATCH_ROWS));
            }
            if epoch.plan.method == Method::Sparse && !epoch.is_counted {
                self.count_slots()?;
                continue;
            }
            if room >= enough {
                return Ok(room.min(DISPATCH_ROWS));
            }
            self.slots = 4 * u64::from(epoch.plan.groups);
            self.flush()?;
        }
    }

    /// The table, made if there is none.
    pub(super) fn epoch(&mut self) -> Result<&mut Epoch, GpuError> {
        if self.epoch.is_none() {
            let wanted = Wanted {
                method: self.options.method,
                bytes: self.gpu.inner.budget.table,
                rows: self.options.rows,
                slots: self.slots,
            };
            let layout = self.layout.clone();
            let inner = &self.gpu.inner;
            let epoch = loop {
                match Epoch::new(inner, &self.program, layout.clone(), wanted) {
                    // Columns that only might be asked for again give way.
                    Err(GpuError::OutOfMemory { .. }) if inner.stream().slabs.shed() => {}
                    other => break other?,
                }
            };
            self.cost.method = Some(epoch.plan.method);
            self.epoch = Some(epoch);
        }
        self.epoch
            .as_mut()
            .ok_or_else(|| GpuError::Chunk("no table".to_owned()))
    }

    /// Learns how many slots are really taken.
    fn count_slots(&mut self) -> Result<(), GpuError> {
        if let Some(epoch) = &mut self.epoch {
            let mut times = Fetched::default();
            let bytes = 4 * u64::from(AUX_LIST);
            let aux = read(&self.gpu.inner, &[(&epoch.aux, 0, bytes)], &mut times)?;
            epoch.occupied = u64::from(aux[AUX_OCCUPIED as usize]);
            epoch.is_counted = true;
            self.cost.kernel += times.waited;
            self.cost.readback += times.copied;
        }
        Ok(())
    }

    fn pipelines(&mut self, shape: &Shape, method: Method) -> Result<Pipelines, GpuError> {
        let key = (shape.clone(), method);
        if let Some(found) = self.pipelines.get(&key) {
            return Ok(found.clone());
        }
        let inner = &self.gpu.inner;
        let text = inner.compose(&self.program, shape, method);
        let publish = needs_publish(&self.program, method);
        let pipelines = Pipelines {
            fused: inner.pipeline(&text, "fused")?,
            publish: if publish {
                Some(inner.pipeline(&text, "publish")?)
            } else {
                None
            },
        };
        self.pipelines.insert(key, pipelines.clone());
        Ok(pipelines)
    }

    /// Records one fused pass over rows of chunks of one shape in one slab.
    fn dispatch(&mut self, slab: usize, shape: &Shape, chunks: &[Waited]) -> Result<(), GpuError> {
        let method = self.epoch()?.plan.method;
        let pipelines = self.pipelines(shape, method)?;
        let Some(epoch) = &mut self.epoch else {
            return Ok(());
        };
        let most = chunks.iter().map(|c| c.to).max().unwrap_or(0);
        let params = epoch.params(row_bits(most));
        let descriptors: Vec<u32> = chunks
            .iter()
            .flat_map(|c| {
                [c.number, c.from, c.to]
                    .into_iter()
                    .chain(c.rest.iter().copied())
            })
            .collect();
        let inner = &self.gpu.inner;
        let bytes = 4 * params.len() as u64;
        if bytes > self.params.bytes {
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
            self.params = inner.buffer("parameters", bytes.next_power_of_two(), usage)?;
        }
        let mut stream = inner.stream();
        let stream = &mut *stream;
        stream.write(inner, bytemuck::cast_slice(&params), &self.params.buffer, 0)?;
        let bytes = bytemuck::cast_slice(&descriptors);
        stream.write(inner, bytes, &self.descriptors.buffer, 0)?;
        let group = bind(
            inner,
            stream,
            slab,
            [&self.params, &self.descriptors, &self.lookup],
            epoch,
        );
        let rows = chunks.iter().map(|c| c.to - c.from).max().unwrap_or(0);
        let count = word(chunks.len() as u64);
        let across =
            (workgroups(inner, &self.program) / count).clamp(1, rows.div_ceil(WORKGROUP).max(1));
        let mut pass = stream
            .encoder(inner)
            .begin_compute_pass(&Default::default());
        pass.set_bind_group(0, &group, &[]);
        pass.set_pipeline(&pipelines.fused);
        pass.dispatch_workgroups(across, count, 1);
        if let Some(publish) = &pipelines.publish {
            pass.set_pipeline(publish);
            let across = epoch.plan.groups.div_ceil(WORKGROUP);
            pass.dispatch_workgroups(across.clamp(1, 1024), 1, 1);
        }
        drop(pass);
        for chunk in chunks {
            let (number, from, to) = (chunk.number, chunk.from, chunk.to);
            epoch.note(Taken { number, from, to });
        }
        self.last_slab = slab;
        self.cost.dispatches += 1;
        Ok(())
    }
}

/// Takes chunks from the end of a reversed list, up to `room` rows and as many as row ids can tell
/// apart; the last one perhaps in part.
fn split_off(chunks: &mut Vec<Waited>, room: u64) -> Vec<Waited> {
    let (mut now, mut rows, mut most) = (Vec::new(), 0, 0);
    while let Some(chunk) = chunks.pop() {
        most = chunk.to.max(most);
        let fits_ids = (now.len() as u64 + 1) << row_bits(most) <= ROW_IDS;
        if rows >= room || !fits_ids {
            chunks.push(chunk);
            break;
        }
        let step = u64::from(chunk.to - chunk.from).min(room - rows);
        rows += step;
        let middle = chunk.from + word(step);
        if middle < chunk.to {
            chunks.push(Waited {
                from: middle,
                rest: chunk.rest.clone(),
                ..chunk
            });
        }
        now.push(Waited {
            to: middle,
            ..chunk
        });
    }
    now
}

/// Workgroups that keep the device busy. Mesa's software adapter ends an invocation's loops after
/// 65,535 turns of all of them together, so where rows walk along edges each gets one of its own.
fn workgroups(inner: &Inner, program: &Program) -> u32 {
    match (inner.is_software, program.layers.is_empty()) {
        (true, true) => 16,
        (true, false) => MOST_WORKGROUPS,
        (false, _) => 2048,
    }
}

pub(super) fn bind(
    inner: &Inner,
    stream: &Stream,
    slab: usize,
    [params, chunks, lookup]: [&Held; 3],
    epoch: &Epoch,
) -> wgpu::BindGroup {
    // What reads no column still binds something.
    let slab = stream.slabs.buffer(slab).unwrap_or(&params.buffer);
    let buffers = [
        &params.buffer,
        slab,
        &epoch.table.buffer,
        &epoch.aux.buffer,
        &chunks.buffer,
        &lookup.buffer,
    ];
    let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    let descriptor = wgpu::BindGroupDescriptor {
        label: None,
        layout: &inner.bind_group_layout,
        entries: &entries,
    };
    inner.device.create_bind_group(&descriptor)
}
