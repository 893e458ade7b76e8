import { mount } from 'svelte'
import App from './app.svelte'
import './app.css'
import './state/theme.svelte.ts'

const target = document.querySelector('#app')
if (target) mount(App, { target })
