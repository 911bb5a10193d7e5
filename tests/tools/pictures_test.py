#!/usr/bin/env python3
"""Each golden picture is XML that a strict reader takes, names its colours and needs nothing from elsewhere."""

import pathlib
import sys
import unittest
import xml.etree.ElementTree

GOLDEN = pathlib.Path(sys.argv.pop())


class Pictures(unittest.TestCase):
    def test_each(self):
        pictures = sorted(GOLDEN.glob("*.svg"))
        self.assertTrue(pictures)
        for picture in pictures:
            with self.subTest(picture.name):
                root = xml.etree.ElementTree.parse(picture).getroot()
                self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
                self.assertNotIn("href", picture.read_text())

    def test_cycles_have_literal_colours(self):
        for picture in sorted(GOLDEN.glob("picture-*.svg")):
            self.assertNotIn("var(", picture.read_text(), picture.name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
