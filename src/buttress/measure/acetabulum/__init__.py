"""The acetabulum: its socket seen from the head's sphere, its parts, and how much of each is destroyed."""

from buttress.measure.acetabulum.measure_acetabulum import harrington_observation as harrington_observation
from buttress.measure.acetabulum.measure_acetabulum import measure_acetabulum as measure_acetabulum
