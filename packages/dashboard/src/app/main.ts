import { mount } from 'svelte'
import App from './app.svelte'
import './styles/colours.css'
import './styles/elements.css'
import './styles/tables.css'
import './styles/paper.css'
import './styles/document.css'
import './state/theme.svelte.ts'

const target = document.querySelector('#app')
if (target) mount(App, { target })
