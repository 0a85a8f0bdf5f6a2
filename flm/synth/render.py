"""From meshes to pixels: one mitsuba scene, kept and updated, so that only the first picture compiles kernels."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from flm.synth.backend import denoiser, drjit, mitsuba
from flm.synth.solid import Mesh, Solid
from flm.synth.surface import surface

DEPTH = 5  # longest light path, in segments
ROULETTE = 2  # from this segment on, dim paths may end early


@dataclass(frozen=True)
class Camera:
    """A camera on the z axis that looks along -z.

    distance: from the origin, dm. centre: (x, y) of the point in the plane z = 0 at the picture's middle.
    field: width of the square picture in that plane, dm.
    """

    distance: float
    centre: tuple[float, float]
    field: float

    def project(self, points: np.ndarray, size: int) -> np.ndarray:
        """Pixels (n, 2) of points (n, 3) in a picture of `size` pixels, centres of pixels at integers."""
        scale = self.distance / (self.distance - points[:, 2]) * size / self.field
        centre = np.array(self.centre)
        return (points[:, :2] - centre) * scale[:, None] * [1, -1] + (size - 1) / 2

    def rays(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Origin (3,) and unit directions (size * size, 3) through the centres of all pixels, row by row."""
        offset = (np.arange(size) + 0.5) / size - 0.5
        x, y = np.meshgrid(offset * self.field, -offset * self.field)
        through = np.stack([x, y, np.full_like(x, -self.distance)], -1).reshape(-1, 3)
        return self.origin, through / np.linalg.norm(through, axis=1, keepdims=True)

    @property
    def angle(self) -> float:
        """Field of view, degrees."""
        return float(np.degrees(2 * np.arctan(self.field / 2 / self.distance)))

    @property
    def origin(self) -> np.ndarray:
        """Where the camera stands, (3,)."""
        return np.array([*self.centre, self.distance])


@dataclass(frozen=True)
class Picture:
    """What the renderer gives: colour (s, s, 3) linear RGB, black where nothing is; alpha (s, s); albedo (s, s, 3)."""

    colour: np.ndarray
    alpha: np.ndarray
    albedo: np.ndarray


@dataclass(frozen=True)
class View:
    """What is to be rendered.

    skin: of the surface's vertices. texture, relief, roughness: of it, see flm.synth.skin.
    light: an environment map of flm.synth.light.
    """

    skin: Mesh
    texture: np.ndarray
    relief: np.ndarray
    roughness: float
    solid: Solid
    light: np.ndarray
    camera: Camera


class Renderer:
    """Renders views, `size` pixels a side, with `samples` light paths a pixel."""

    def __init__(self, size: int, samples: int):
        self.size, self.samples = size, samples
        self.mi = mitsuba()
        self.vectorised = self.mi.variant() != "scalar_rgb"
        self.plain = self.mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal"})
        self.scene: Any = None
        self.parameters: Any = None
        self.classes: dict[str, np.ndarray] = {}  # of the faces in the scene, by mesh

    def picture(self, view: View, seed: int) -> Picture:
        """One view, denoised; `seed` decides its noise."""
        if self.scene is None or not self.vectorised:  # plain C++ compiles nothing, and cannot change a mesh's size
            self.scene = self.mi.load_dict(self._description(view))
            self.parameters = self.mi.traverse(self.scene)
        else:
            self._update(view)
        self.classes = {"skin": view.skin.classes, "solid": view.solid.classes}
        # One path in a billion or so brings back no number, which the denoiser would spread.
        lit = np.nan_to_num(self.mi.render(self.scene, spp=self.samples, seed=seed), posinf=0)
        # Twice as fast as albedo and normals from the same paths.
        plain = np.nan_to_num(self.mi.render(self.scene, integrator=self.plain, spp=self.samples, seed=seed), posinf=0)
        albedo, normal = plain[..., :3].clip(0, 1), plain[..., 3:]
        guides = _image(albedo), _image(normal)
        colour = denoiser().denoise(_image(lit[..., :3]), *guides, hdr=True)
        alpha = denoiser().denoise(_image(np.repeat(lit[..., 3:], 3, 2)), *guides, hdr=False)[..., 0]
        return Picture(colour, alpha.clip(0, 1), albedo)

    def _description(self, view: View) -> dict:
        mi = self.mi
        texture = {"type": "bitmap", "bitmap": mi.Bitmap(_image(view.texture)), "raw": True}
        skin = {
            "type": "principled",
            "base_color": texture,
            "roughness": view.roughness,
            "specular": 0.4,
            "flatness": 0.4,
        }
        relief = {"type": "bitmap", "bitmap": mi.Bitmap(_image(view.relief[..., None])), "raw": True}
        skin = {"type": "bumpmap", "relief": relief, "bsdf": skin}
        colour, roughness = ({"type": "mesh_attribute", "name": f"vertex_{name}"} for name in ("colour", "roughness"))
        film = {
            "type": "hdrfilm",
            "width": self.size,
            "height": self.size,
            "pixel_format": "rgba",
            "rfilter": {"type": "box"},
        }
        path = {"type": "path", "max_depth": DEPTH, "rr_depth": ROULETTE, "hide_emitters": True}
        return {
            "type": "scene",
            "integrator": path,
            "skin": self._mesh("skin", _skin_values(view.skin), skin),
            "solid": self._mesh(
                "solid",
                _solid_values(view.solid),
                {"type": "principled", "base_color": colour, "roughness": roughness, "specular": 0.4},
            ),
            "sensor": {
                "type": "perspective",
                "fov": view.camera.angle,
                "to_world": self._look(view.camera),
                "film": film,
                "sampler": {"type": "independent", "sample_count": self.samples},
            },
            "light": {"type": "envmap", "bitmap": mi.Bitmap(_image(view.light))},
        }

    def _mesh(self, name: str, values: dict[str, np.ndarray], bsdf: dict):
        properties = self.mi.Properties()
        properties["bsdf"] = self.mi.load_dict({"type": "twosided", "bsdf": bsdf})
        mesh = self.mi.Mesh(
            name,
            len(values["vertex_positions"]) // 3,
            len(values["faces"]) // 3,
            has_vertex_normals=True,
            has_vertex_texcoords="vertex_texcoords" in values,
            props=properties,
        )
        for attribute, channels in (("vertex_colour", 3), ("vertex_roughness", 1)):
            if attribute in values:
                mesh.add_attribute(attribute, channels, values[attribute])
        parameters = self.mi.traverse(mesh)
        for key, value in values.items():
            parameters[key] = value
        parameters.update()
        return mesh

    def _update(self, view: View) -> None:
        mi, values = self.mi, self.parameters
        for mesh, content in (("skin", _skin_values(view.skin)), ("solid", _solid_values(view.solid))):
            for key, value in content.items():
                if key != "vertex_texcoords":
                    values[f"{mesh}.{key}"] = value
        values["skin.bsdf.brdf_0.nested_texture.data"] = mi.TensorXf(view.relief[..., None])
        values["skin.bsdf.brdf_0.nested_bsdf.base_color.data"] = mi.TensorXf(view.texture)
        values["skin.bsdf.brdf_0.nested_bsdf.roughness.value"] = view.roughness
        # mitsuba keeps a column beyond either edge, so that the map closes around.
        values["light.data"] = mi.TensorXf(np.concatenate([view.light[:, -1:], view.light, view.light[:, :1]], 1))
        values["sensor.to_world"] = mi.Transform4f(self._look(view.camera).matrix)
        values["sensor.x_fov"] = view.camera.angle
        values.update()

    def _look(self, camera: Camera):
        origin, target = camera.origin.tolist(), [*camera.centre, 0.0]
        return self.mi.ScalarTransform4f().look_at(origin=origin, target=target, up=[0, 1, 0])

    def first_hits(self, origin: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What rays from `origin` (3,) in unit directions (n, 3) meet first in the scene of the last picture.

        Returns segmentation classes (n,) uint8, 0 where nothing is met, and distances (n,), infinite there.
        """
        face, distance, on_skin = (self._first if self.vectorised else self._first_one_by_one)(origin, directions)
        hit = np.isfinite(distance)
        of_skin = self.classes["skin"][np.where(on_skin, face, 0)]
        of_solid = self.classes["solid"][np.where(hit & ~on_skin, face, 0)]
        return np.where(hit, np.where(on_skin, of_skin, of_solid), 0).astype(np.uint8), distance

    def _first(self, origin: np.ndarray, directions: np.ndarray):
        mi = self.mi
        # As arrays: numbers would become part of the program, and be compiled and kept anew for every picture.
        start = mi.Point3f(_image(np.repeat(origin[:, None], len(directions), 1)))
        rays = mi.Ray3f(start, mi.Vector3f(_image(directions.T)))
        met = self.scene.ray_intersect_preliminary(rays, coherent=True)
        skin = next(shape for shape in self.scene.shapes() if shape.id() == "skin")
        found = [met.prim_index, met.t, met.is_valid(), met.shape == mi.ShapePtr(skin)]
        drjit().eval(*found)
        face, distance, valid, on_skin = map(np.array, found)
        return face.astype(int), np.where(valid, distance, np.inf), on_skin

    def _first_one_by_one(self, origin: np.ndarray, directions: np.ndarray):
        mi, face, distance, on_skin = self.mi, [], [], []
        for direction in directions.tolist():
            met = self.scene.ray_intersect_preliminary(mi.Ray3f(origin.tolist(), direction))
            valid = met.is_valid()
            face.append(met.prim_index if valid else 0)
            distance.append(met.t if valid else np.inf)
            on_skin.append(valid and met.shape.id() == "skin")
        return np.array(face), np.array(distance), np.array(on_skin)


def _skin_values(skin: Mesh) -> dict[str, np.ndarray]:
    uv = surface().uv
    # mitsuba's texture coordinates point down, as rows do.
    return _values(skin) | {"vertex_texcoords": _flat(np.stack([uv[:, 0], 1 - uv[:, 1]], 1))}


def _solid_values(solid: Solid) -> dict[str, np.ndarray]:
    return _values(solid) | {"vertex_colour": _flat(solid.colours), "vertex_roughness": _flat(solid.roughness)}


def _values(mesh: Mesh) -> dict[str, np.ndarray]:
    return {
        "vertex_positions": _flat(mesh.vertices),
        "vertex_normals": _flat(mesh.normals),
        "faces": mesh.faces.astype(np.uint32).ravel(),
    }


def _image(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.float32)


def _flat(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.float32).ravel()
